//! The way from a store to its database: straight, or through a PgBouncer in transaction mode, which `./dev test
//! --through pgbouncer` asks for.
//!
//! Only stores take it. Migrations, and what a test asks or changes by itself, go straight to the database.

use std::sync::OnceLock;

use actix_pg_session::{PostgresStore, PostgresStoreBuilder};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use xtask::postgres::PgBouncer;

/// How many connections of the server it has for each database: fewer than the stores of most tests together, and
/// enough for as many statements as any of them has waiting for a lock.
const CONNECTIONS: u32 = 8;

/// One for all tests of a program. Its watcher ends it.
static BOUNCER: OnceLock<PgBouncer> = OnceLock::new();

/// Whether there is a PgBouncer in between.
pub fn is_bounced() -> bool {
    std::env::var_os("THROUGH").is_some_and(|way| way == "pgbouncer")
}

/// How a store reaches the database of this address. A server that a test has started for itself, to end it, is
/// reached straight.
pub fn options(url: &str) -> PgConnectOptions {
    let straight: PgConnectOptions = url.parse().expect("the address is one");
    if !is_bounced() || straight.get_port() != everybodys().get_port() {
        return straight;
    }
    let start = || PgBouncer::before(&super::server_url(), CONNECTIONS, &[]).expect("a PgBouncer");
    let database = straight.get_database().expect("the address names a database");
    BOUNCER.get_or_init(start).url(database).parse().expect("the address is one")
}

/// The server of all tests.
fn everybodys() -> PgConnectOptions {
    super::server_url().parse().expect("the address is one")
}

/// A small pool for a store.
pub async fn pool(url: &str) -> PgPool {
    PgPoolOptions::new().max_connections(8).connect_with(options(url)).await.expect("the database answers")
}

/// The settings that the way asks for; see `docs/scaling.md`.
pub fn builder(pool: PgPool) -> PostgresStoreBuilder {
    PostgresStore::builder(pool).prepared_statements(!is_bounced())
}

/// A store on this pool, which must be of this way.
pub fn store(pool: PgPool) -> PostgresStore {
    builder(pool).build().expect("these settings go together")
}

/// Beside a store's pool, one that goes straight to its database.
pub fn straight(pool: &PgPool) -> PgPool {
    let options = pool.connect_options();
    let database = options.get_database().unwrap_or_default();
    let through = BOUNCER.get().map(|bouncer| bouncer.url(database).parse::<PgConnectOptions>());
    match through {
        Some(Ok(through)) if through.get_port() == options.get_port() => {
            let url = super::with_database(&super::server_url(), database);
            PgPoolOptions::new().max_connections(2).connect_lazy(&url).expect("the address is one")
        }
        _ => pool.clone(),
    }
}
