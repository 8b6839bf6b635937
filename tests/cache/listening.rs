//! The connection that listens proves what it hears, and goes with its store.

use std::str::FromStr as _;
use std::time::Duration;

use actix_pg_session::{CacheState, Caching, PostgresStore, SessionStore as _};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use xtask::postgres::PgBouncer;

use crate::fleet::{HOUR, announcing, in_psql, process, record, save, session, two, values};
use crate::support::{self, gate};

#[tokio::test]
async fn triggers_that_were_off_between_two_signs_of_life_leave_nothing_stale() {
    let (store, _, psql) = two().await;
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    in_psql(
        &psql,
        "begin; alter table sessions disable trigger all; delete from sessions;
         alter table sessions enable trigger all; alter table sessions enable always trigger sessions_changed;
         alter table sessions enable always trigger sessions_gone;
         alter table sessions enable always trigger sessions_emptied; commit",
    )
    .await;
    store.caught_up().await;
    assert!(record(&store, &id).await.is_none());
}

/// It has the same table, the same number even; but what happens here is not announced there.
#[tokio::test]
async fn a_cache_that_listens_at_another_database_is_not_believed() {
    let (here, there) = (announcing().await, announcing().await);
    let elsewhere = PgConnectOptions::from_str(&there).expect("an address");
    let caching = Caching::new(100).max_silence(gate::PATIENCE).listen_with(elsewhere);
    let store = PostgresStore::new(support::pool_on(&here).await).cached(caching);
    gate::until("it finds that out", async || store.stats().state == CacheState::Down).await;
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    store.store().delete(&id, HOUR).await.expect("an answer");
    assert!(record(&store, &id).await.is_none());
}

#[tokio::test]
async fn a_silence_without_end_and_a_cache_without_room_are_no_panic() {
    let url = announcing().await;
    for capacity in [0, 1, usize::MAX] {
        let pool = PgPoolOptions::new().max_connections(2).connect(&url).await.expect("the database answers");
        let store = PostgresStore::new(pool).cached(Caching::new(capacity).max_silence(Duration::MAX));
        store.caught_up().await;
        let id = session(&store).await;
        assert!(record(&store, &id).await.is_some());
        save(&store, &id, r#"{"n": 2}"#).await;
        assert_eq!(values(&store, &id).await.as_deref(), Some(r#"{"n":2}"#));
    }
}

#[tokio::test]
async fn stores_made_and_dropped_by_the_hundred_leave_no_connection_behind() {
    let url = announcing().await;
    let (kept, psql) = (process(&url).await, support::pool_on(&url).await);
    let pool = support::pool_on(&url).await;
    for n in 0..300 {
        let store = PostgresStore::new(pool.clone()).cached(100);
        if n % 10 == 0 {
            store.caught_up().await;
        } else if n % 3 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let listeners = "select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'actix-pg-session cache'";
    gate::until("one is left", async || support::count(&psql, listeners).await == 1).await;
    drop(kept);
}

/// PgBouncer drops what comes for a listener, but for what comes while a statement of its own runs: its own signs
/// of life do come back.
#[tokio::test]
async fn a_cache_that_listens_through_pgbouncer_is_not_believed() {
    let url = announcing().await;
    let server = PgConnectOptions::from_str(&url).expect("an address");
    // One connection does all the work of a quiet moment, as is PgBouncer's default.
    let pgbouncer = PgBouncer::before(&url, 4, &[("server_round_robin", "0")]).expect("PgBouncer starts");
    let address = pgbouncer.url(server.get_database().expect("a database"));
    let through = PgConnectOptions::from_str(&address).expect("an address");
    let caching = Caching::new(100).max_silence(gate::PATIENCE).listen_with(through);
    let store = PostgresStore::new(support::pool_on(&url).await).cached(caching);
    gate::until("it finds that out", async || store.stats().state == CacheState::Down).await;
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    store.store().delete(&id, HOUR).await.expect("an answer");
    assert!(record(&store, &id).await.is_none());
}

/// After a failover, as long as the server that was left lives on.
#[tokio::test]
async fn a_cache_that_listens_where_the_pool_no_longer_writes_is_not_believed_for_long() {
    let (left, new) = (announcing().await, announcing().await);
    let server = |url: &str| PgConnectOptions::from_str(url).expect("an address");
    let pool = PgPoolOptions::new().max_connections(2).connect(&left).await.expect("the database answers");
    let caching = Caching::new(100).max_silence(Duration::from_secs(1)).listen_with(server(&left));
    let store = PostgresStore::new(pool.clone()).cached(caching);
    store.caught_up().await;
    pool.set_connect_options(server(&new));
    let leave = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
            and application_name <> 'actix-pg-session cache'";
    in_psql(&support::pool_on(&left).await, leave).await;
    gate::until("it finds that out", async || store.stats().state == CacheState::Down).await;
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    store.store().delete(&id, HOUR).await.expect("an answer");
    assert!(record(&store, &id).await.is_none());
}

/// As with passwords that are good for a quarter of an hour.
#[tokio::test]
async fn who_listens_connects_as_the_pool_does_now_and_not_as_it_did_once() {
    let url = announcing().await;
    let right = PgConnectOptions::from_str(&url).expect("an address");
    let wrong = right.clone().database("there is no such database");
    let pool = PgPoolOptions::new().max_connections(2).connect_lazy_with(wrong);
    let store = PostgresStore::new(pool.clone()).cached(100);
    gate::until("it is not let in", async || store.stats().state == CacheState::Down).await;
    pool.set_connect_options(right);
    gate::until("it is let in", async || store.stats().state == CacheState::Live).await;
}
