//! What the cache saves.

use actix_pg_session::{Caching, Lifetime, Loaded, PostgresStore, SessionId, SessionStore as _};
use futures_util::future::{join_all, poll_immediate};
use sqlx::postgres::PgPoolOptions;

use crate::fleet::{HOUR, announcing, knows, process, process_with, record, save, session, set, values};
use crate::support;

#[tokio::test]
async fn a_session_that_is_known_is_read_without_a_connection() {
    let url = announcing().await;
    let one = PgPoolOptions::new().max_connections(1).connect(&url).await.expect("the database answers");
    let store = PostgresStore::new(one).cached(100);
    store.caught_up().await;
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    let _taken = store.store().pool().acquire().await.expect("the only connection");
    let known = poll_immediate(store.load(&id)).await.expect("it is answered at once");
    assert!(matches!(known, Ok(Loaded::Live(_))));
}

#[tokio::test]
async fn a_crowd_that_misses_the_same_session_asks_once() {
    let url = announcing().await;
    let store = process(&url).await;
    let id = session(&store).await;
    let before = store.stats();
    let reads = join_all((0..100).map(|_| record(&store, &id))).await;
    assert!(reads.iter().all(Option::is_some));
    assert_eq!(store.stats().sessions, before.sessions + 1);
    assert!(knows(&store, &id).await);
}

#[tokio::test]
async fn an_id_that_names_nothing_is_asked_for_once_in_a_while() {
    let url = announcing().await;
    let one = PgPoolOptions::new().max_connections(1).connect(&url).await.expect("the database answers");
    let store = PostgresStore::new(one).cached(100);
    store.caught_up().await;
    let nobody = SessionId::generate().expect("randomness");
    assert!(record(&store, &nobody).await.is_none());
    let _taken = store.store().pool().acquire().await.expect("the only connection");
    let known = poll_immediate(store.load(&nobody)).await.expect("it is answered at once");
    assert!(matches!(known, Ok(Loaded::Absent)));
}

#[tokio::test]
async fn what_a_process_has_written_it_knows() {
    let store = process(&announcing().await).await;
    let id = session(&store).await;
    record(&store, &id).await;
    save(&store, &id, r#"{"n": 2}"#).await;
    store.caught_up().await;
    assert!(knows(&store, &id).await, "its own announcement does not make it forget");
    assert_eq!(values(&store, &id).await.as_deref(), Some(r#"{"n":2}"#));
    store.touch(&id, None).await.expect("an answer");
    assert!(knows(&store, &id).await);
}

#[tokio::test]
async fn a_write_that_nobody_waited_for_is_forgotten_rather_than_guessed() {
    let store = process(&announcing().await).await;
    let id = session(&store).await;
    record(&store, &id).await;
    assert!(knows(&store, &id).await);
    assert!(poll_immediate(store.update(&id, set(r#"{"n": 2}"#))).await.is_none(), "it is under way");
    assert!(!knows(&store, &id).await);
    // Nor does it after one that was refused.
    let change = actix_pg_session::Change { expected_version: Some(99), ..set(r#"{"n": 3}"#) };
    store.update(&id, change).await.expect("an answer");
    assert!(!knows(&store, &id).await);
}

#[tokio::test]
async fn the_times_of_a_known_session_go_on() {
    let store = process(&announcing().await).await;
    let id = session(&store).await;
    let first = record(&store, &id).await.expect("it is live");
    let second = record(&store, &id).await.expect("it is live");
    assert!(second.remaining < first.remaining);
    assert!(second.since_seen > first.since_seen);
}

#[tokio::test]
async fn a_session_that_runs_out_in_the_cache_is_over() {
    let store = process(&announcing().await).await;
    let id = SessionId::generate().expect("randomness");
    let life = Lifetime::new(std::time::Duration::from_millis(300), HOUR);
    let brief = actix_pg_session::NewSession { lifetime: life, ..crate::fleet::new("{}") };
    store.create(&id, brief).await.expect("a session");
    support::gate::until("it runs out", async || record(&store, &id).await.is_none()).await;
}

#[tokio::test]
async fn no_more_sessions_are_kept_than_was_said() {
    let store = process_with(&announcing().await, Caching::new(10)).await;
    for _ in 0..100 {
        let id = session(&store).await;
        assert!(record(&store, &id).await.is_some());
    }
    assert!((1..=10).contains(&store.stats().sessions), "{:?}", store.stats());
}
