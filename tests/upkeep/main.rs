//! What a table of sessions needs in the long run: dead rows go, live rows cost little, and every
//! clock but the database's is of no account.

mod clocks;
mod cost;
mod pruner;
mod pruning;
#[path = "../support/mod.rs"]
mod support;

use sqlx::{AssertSqlSafe, PgPool};

/// Puts rows into the table that expire, and are looked at, when they say.
async fn rows(pool: &PgPool, count: u32, expires_at: &str, purge_at: &str) {
    let sql = format!(
        "insert into sessions (key, idle_timeout, expires_at, purge_at)
         select sha256((random() || ':' || n)::bytea), '1 hour', {expires_at}, {purge_at}
         from generate_series(1, {count}) n"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(&support::way::straight(pool)).await.expect("rows");
}
