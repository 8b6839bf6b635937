//! The tables: made once by however many processes, under whatever names, by whoever may.

mod at_once;
mod names;
mod rights;
#[path = "../support/mod.rs"]
mod support;

use actix_pg_session::PostgresStore;
use sqlx::PgPool;

/// A store with names of its own.
fn store(pool: &PgPool, schema: &str, table: &str) -> PostgresStore {
    PostgresStore::builder(pool.clone()).schema(schema).table(table).build().expect("good names")
}
