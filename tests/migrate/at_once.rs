//! Many processes that start at once, and processes that are stopped half way.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use actix_pg_session::PostgresStore;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool};

use crate::store;
use crate::support::gate::until;
use crate::support::{blocked, count, database, pool, pool_on};

const APPLIED: &str = "select count(*) from _sessions_migrations";

/// How many files there are for a table.
const FILES: i64 = 3;

#[tokio::test]
async fn of_fifty_processes_one_migrates_and_none_fails() {
    let url = database().await;
    let processes: Vec<_> = (0..50)
        .map(|n| {
            let url = url.clone();
            tokio::spawn(async move {
                let pool = pool_on(&url).await;
                // Half of them bring another application's names.
                let (schema, table) = if n % 2 == 0 { ("public", "sessions") } else { ("my app", "web") };
                let migrated = store(&pool, schema, table).migrate().await;
                pool.close().await;
                migrated
            })
        })
        .collect();
    for process in processes {
        process.await.expect("it does not panic").expect("it migrates or waits");
    }
    let pool = pool_on(&url).await;
    assert_eq!(count(&pool, APPLIED).await, FILES);
    assert_eq!(count(&pool, r#"select count(*) from "my app"._web_migrations"#).await, FILES);
    assert_eq!(count(&pool, r#"select count(*) from sessions, "my app".web"#).await, 0);
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let store = PostgresStore::new(pool().await);
    store.migrate().await.expect("the migrations apply");
    sqlx::query(
        "insert into sessions (key, idle_timeout, expires_at, purge_at) values ('k', '1h', now(), now())",
    )
    .execute(store.pool())
    .await
    .expect("a row");
    store.migrate().await.expect("there is nothing to do");
    assert_eq!(count(store.pool(), APPLIED).await, FILES);
    assert_eq!(count(store.pool(), "select count(*) from sessions").await, 1);
}

#[tokio::test]
async fn after_the_files_were_pasted_into_psql_there_is_nothing_left_to_do() {
    let store = PostgresStore::new(pool().await);
    for _ in 0..2 {
        let files = [
            include_str!("../../migrations/0001_sessions.sql"),
            include_str!("../../migrations/0002_accounts.sql"),
            include_str!("../../migrations/0003_administration.sql"),
        ];
        for file in files {
            sqlx::raw_sql(file).execute(store.pool()).await.expect("it may be run twice");
        }
    }
    store.migrate().await.expect("the tables are taken as they are");
    assert_eq!(count(store.pool(), APPLIED).await, FILES);
}

#[tokio::test]
async fn a_migration_that_is_dropped_at_any_point_leaves_no_lock_and_no_half_table() {
    let url = database().await;
    let pool = pool_on(&url).await;
    let mut polls = 0;
    loop {
        polls += 1;
        if drop_after(polls, PostgresStore::new(pool.clone()).migrate()).await {
            break;
        }
        let locks = "select count(*) from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())";
        until("the lock goes with the connection", async || count(&pool, locks).await == 0).await;
    }
    assert!(polls > 3, "there are points to drop it at");
    PostgresStore::new(pool.clone()).migrate().await.expect("there is nothing to do");
    assert_eq!(count(&pool, APPLIED).await, FILES);
}

/// Polls a future so many times, then drops it. Answers whether it was done before that.
async fn drop_after<T>(polls: u32, future: impl Future<Output = T>) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        if future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return true;
        }
        // The driver of sockets has its turn before the next poll.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    false
}

#[tokio::test]
async fn waiting_for_another_to_migrate_is_not_cut_short_by_a_limit_on_statements() {
    let url = database().await;
    let observer = pool_on(&url).await;
    let mut other = PgConnection::connect(&url).await.expect("a connection");
    sqlx::migrate::Migrate::lock(&mut other).await.expect("the migrators' lock");

    let options: PgConnectOptions = url.parse().expect("an address");
    let pool = PgPool::connect_lazy_with(options.options([("statement_timeout", "100ms")]));
    let waiting = tokio::spawn(async move { PostgresStore::new(pool).migrate().await });
    let patient = "select count(*) from pg_stat_activity where datname = current_database()
        and wait_event = 'advisory' and query_start < now() - interval '300 milliseconds'";
    until("it waits longer than a statement may", async || {
        waiting.is_finished() || count(&observer, patient).await == 1
    })
    .await;
    other.close().await.expect("the lock is released");
    waiting.await.expect("it does not panic").expect("it migrates");
}

#[tokio::test]
async fn one_that_waits_for_another_and_is_dropped_leaves_no_lock_either() {
    let url = database().await;
    let pool: PgPool = pool_on(&url).await;
    let mut other = PgConnection::connect(&url).await.expect("a connection");
    sqlx::migrate::Migrate::lock(&mut other).await.expect("the migrators' lock");
    let waiting = tokio::spawn({
        let store = PostgresStore::new(pool.clone());
        async move { store.migrate().await }
    });
    blocked(&pool, 1).await;
    waiting.abort();
    waiting.await.expect_err("it is dropped");
    other.close().await.expect("the lock is released");
    PostgresStore::new(pool.clone()).migrate().await.expect("nobody is in the way");
    assert_eq!(count(&pool, APPLIED).await, FILES);
}
