//! What both halves of these tests share: a database as Express leaves it, and a site beside it.

use actix_pg_session::{ExpressStore, Keyring, SessionMiddleware, SessionMiddlewareBuilder};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};

use crate::{node, support};

/// An empty table of connect-pg-simple's in a database of its own.
///
/// Node's connections take the time zone of the database, ours do not. This one is neither UTC nor a
/// whole number of hours away from it.
pub(crate) async fn database() -> String {
    const ZONE: &str = "do $$ begin
        execute format('alter database %I set timezone = %L', current_database(), 'America/St_Johns');
    end $$";
    let url = support::database().await;
    let pool = support::pool_on(&url).await;
    // Nobody's table: a server that crashes has failed the test anyway.
    let unlogged = "alter table session set unlogged".to_owned();
    for sql in [ZONE.to_owned(), node::table_sql(), unlogged] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await.expect("a table for Express");
    }
    pool.close().await;
    url
}

/// Connections to it, for a hundred thousand requests: nobody asks before each whether they are still
/// there.
pub(crate) async fn pool(url: &str) -> PgPool {
    let options = PgPoolOptions::new().max_connections(8).test_before_acquire(false);
    options.connect(url).await.expect("the new database answers")
}

/// A store over that table, as an application that has just been added would open it.
pub(crate) async fn store(pool: &PgPool) -> ExpressStore {
    ExpressStore::builder(pool.clone()).build().await.expect("the table is one of connect-pg-simple")
}

/// What express-session does, with its defaults.
pub(crate) fn as_express(store: &ExpressStore, keys: impl Into<Keyring>) -> SessionMiddlewareBuilder {
    // Secrets in examples for Express are short.
    SessionMiddleware::builder(store.clone(), keys).express_defaults().allow_insecure(true)
}
