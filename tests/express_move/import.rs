//! What is tested.

use actix_pg_session::{Data, ExpressStore, Import, Imported, PostgresStore};
use sqlx::PgPool;

/// From the Express table to the crate's own.
pub(crate) struct Importing {
    express: ExpressStore,
    pub(crate) own: PostgresStore,
    import: Import,
}

impl Importing {
    pub(crate) async fn on(pool: &PgPool) -> Self {
        let express = ExpressStore::builder(pool.clone()).build().await.expect("the table is understood");
        let own = PostgresStore::new(pool.clone());
        own.migrate().await.expect("the migrations apply");
        Self { express, own, import: Import::default().owner(owner) }
    }

    pub(crate) async fn copy(&self) -> Imported {
        self.express.copy_into(&self.own, &self.import).await.expect("a copy")
    }

    pub(crate) async fn finish(&self) -> Imported {
        self.express.move_into(&self.own, &self.import).await.expect("the move")
    }

    /// Whoever copies or moves once more changes nothing.
    pub(crate) async fn is_finished(&self, refused: u64) {
        let nothing = Imported { refused, ..Imported::default() };
        assert_eq!(self.finish().await, nothing, "another move");
        assert_eq!(self.copy().await, nothing, "another copy");
    }
}

/// Who is signed in, by what the shop stores.
fn owner(values: &Data) -> Option<String> {
    serde_json::from_str(values.get("user")?.get()).ok()
}
