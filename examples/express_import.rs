//! Moves the sessions of an Express application into this crate's own table; see `docs/express.md`.
//!
//! ```sh
//! export DATABASE_URL=postgres://…
//! cargo run --example express_import --features express -- copy  # while applications serve
//! cargo run --example express_import --features express -- move  # after they have stopped
//! ```

use std::error::Error;

use actix_pg_session::{Data, ExpressStore, Import, PostgresStore};

#[path = "common/settings.rs"]
mod settings;

/// Who is signed in, going by what this Express application stores: `req.session.user.name`.
fn owner(values: &Data) -> Option<String> {
    let user: serde_json::Value = serde_json::from_str(values.get("user")?.get()).ok()?;
    Some(user.get("name")?.as_str()?.to_owned())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let what = std::env::args().nth(1).unwrap_or_default();
    let express = ExpressStore::connect(&settings::required("DATABASE_URL")?).await?;
    let own = PostgresStore::new(express.pool().clone());
    own.migrate().await?;
    let import = Import::default().owner(owner);
    let imported = match &*what {
        "copy" => express.copy_into(&own, &import).await?,
        "move" => express.move_into(&own, &import).await?,
        _ => return Err("say `copy`, as often as you like, or at last `move`".into()),
    };
    println!("{imported:#?}");
    Ok(())
}
