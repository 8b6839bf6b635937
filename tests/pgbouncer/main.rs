//! The store behind a PgBouncer in transaction mode, which gives each transaction another connection.

mod administering;
mod committing;
mod crowd;
mod law;
mod migrating;
#[expect(dead_code, unreachable_pub, unused_imports, reason = "not all of it is used here")]
#[path = "../../torture/src/proxy/mod.rs"]
mod proxy;
mod restart;
#[path = "../support/mod.rs"]
mod support;

use std::sync::OnceLock;

use actix_pg_session::{PostgresStore, PostgresStoreBuilder};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use xtask::postgres::PgBouncer;

/// How many connections of the server it has for each database.
const CONNECTIONS: u32 = 3;

/// One for all tests of this program. Its watcher ends it.
fn bouncer() -> &'static PgBouncer {
    static SHARED: OnceLock<PgBouncer> = OnceLock::new();
    SHARED.get_or_init(|| {
        // From 1.21 on it follows prepared statements, if it is told to.
        let follows: &[_] = if follows_statements() { &[("max_prepared_statements", "200")] } else { &[] };
        PgBouncer::before(&support::server_url(), CONNECTIONS, follows).expect("a PgBouncer")
    })
}

fn follows_statements() -> bool {
    PgBouncer::version().expect("a PgBouncer") >= (1, 21)
}

/// Tables, and the address of their database: direct, and through PgBouncer.
async fn migrated() -> (String, String) {
    let direct = support::migrated().await;
    let through = through(&direct);
    (direct, through)
}

fn through(direct: &str) -> String {
    let name = direct.rsplit('/').next().and_then(|name| name.split('?').next()).expect("a database");
    bouncer().url(name)
}

/// A pool with more connections than PgBouncer has.
async fn pool(through: &str) -> PgPool {
    let options: PgConnectOptions = through.parse().expect("an address");
    PgPoolOptions::new().max_connections(12).connect_with(options).await.expect("PgBouncer answers")
}

async fn store(set: fn(PostgresStoreBuilder) -> PostgresStoreBuilder) -> PostgresStore {
    let (_, through) = migrated().await;
    let builder = PostgresStore::builder(pool(&through).await);
    set(builder).build().expect("these settings go together")
}
