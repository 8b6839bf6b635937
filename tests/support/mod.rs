//! A database of its own for each test, and a web site on it.

#![allow(dead_code, missing_docs, unreachable_pub)]

pub mod gate;
pub mod http;
pub mod place;
pub mod script;
pub mod site;
pub mod story;
pub mod way;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_pg_session::PostgresStore;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

/// The table that an Express application keeps its sessions in.
pub const CONNECT_PG_SIMPLE: &str = include_str!("connect_pg_simple.sql");

/// The server that tests may create databases in: that of `DATABASE_URL`, else one of this process's
/// own.
pub fn server_url() -> String {
    xtask::postgres::url_for_tests().expect("a PostgreSQL server to test on")
}

/// An empty database. It goes with the server that `./dev test` started.
pub async fn database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let server = server_url();
    let mut connection = PgConnection::connect(&server).await.expect("DATABASE_URL answers");
    sqlx::query(AssertSqlSafe(format!("create database {name}")))
        .execute(&mut connection)
        .await
        .expect("the user of DATABASE_URL may create databases");
    with_database(&server, &name)
}

/// The same address with another database in it.
pub fn with_database(url: &str, name: &str) -> String {
    let (address, options) = match url.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (url, String::new()),
    };
    let scheme_end = address.find("://").map_or(0, |at| at + 3);
    let host_end = address[scheme_end..].find('/').map_or(address.len(), |at| scheme_end + at);
    format!("{}/{name}{options}", &address[..host_end])
}

/// A small pool on a database of its own.
pub async fn pool() -> PgPool {
    pool_on(&database().await).await
}

pub async fn pool_on(url: &str) -> PgPool {
    PgPoolOptions::new().max_connections(8).connect(url).await.expect("the new database answers")
}

/// A migrated store on a database of its own.
pub async fn store() -> PostgresStore {
    store_on(&migrated().await).await
}

/// A store on the database of this address.
pub async fn store_on(url: &str) -> PostgresStore {
    way::store(way::pool(url).await)
}

/// The address of an empty database that has the tables.
pub async fn migrated() -> String {
    let url = database().await;
    let pool = pool_on(&url).await;
    PostgresStore::new(pool.clone()).migrate().await.expect("the migrations apply");
    pool.close().await;
    url
}

/// How many statements in this database wait for a lock.
pub async fn waiting(pool: &PgPool) -> i64 {
    let waiting = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    count(&way::straight(pool), waiting).await
}

/// Waits until so many do.
pub async fn blocked(pool: &PgPool, statements: i64) {
    gate::until("statements wait for a lock", async || waiting(pool).await == statements).await;
}

/// Turns the clock forward for every row, by moving the rows back. In times without a zone, since a cluster
/// takes no sum that depends on one.
pub async fn elapse(pool: &PgPool, by: Duration) {
    let pool = &way::straight(pool);
    let seconds = by.as_secs_f64();
    let back = |column: &str| {
        format!("{column} = ({column} at time zone 'UTC' - make_interval(secs => $1)) at time zone 'UTC'")
    };
    let times = ["created_at", "seen_at", "authenticated_at", "deadline", "expires_at", "purge_at"];
    let sessions = format!("update sessions set {}", times.map(back).join(", "));
    let marks = format!("update sessions_ended set {}", back("until"));
    for statement in [sessions, marks] {
        let moved = sqlx::query(AssertSqlSafe(statement)).bind(seconds).execute(pool).await;
        moved.expect("the rows can be moved");
    }
}

/// One number from the database.
pub async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&way::straight(pool)).await.expect(sql)
}
