//! When announcements are lost the cache knows that it does not know.

use std::str::FromStr as _;
use std::time::Duration;

use actix_pg_session::{
    CacheState, CachedStore, Caching, Change, Deleted, PostgresStore, Renewal, SessionId, SessionStore as _,
};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::fleet::{HOUR, announcing, in_psql, knows, process, record, save, session, values};
use crate::support::{self, gate};
use crate::wire::Wire;

async fn becomes(store: &CachedStore, state: CacheState) {
    gate::until("it gets into this state", async || store.stats().state == state).await;
}

/// Ends the connection that listens.
const KILL: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'actix-pg-session cache'";

#[tokio::test]
async fn without_its_migration_a_cache_answers_nothing_and_nothing_is_wrong() {
    let url = support::migrated().await;
    let store = PostgresStore::new(support::pool_on(&url).await).cached(100);
    let id = session(&store).await;
    for n in 2..10 {
        save(store.store(), &id, &format!("{{\"n\": {n}}}")).await;
        assert_eq!(values(&store, &id).await.unwrap(), format!("{{\"n\":{n}}}"));
    }
    assert_ne!(store.stats().state, CacheState::Live);
    assert_eq!(store.stats().sessions, 0);
    store.migrate().await.expect("the migrations apply");
    store.caught_up().await;
    assert!(record(&store, &id).await.is_some());
    assert!(knows(&store, &id).await, "and then it does");
}

#[tokio::test]
async fn when_the_triggers_go_so_does_the_trust() {
    let url = announcing().await;
    let psql = support::pool_on(&url).await;
    for (away, back) in [
        (
            "alter table sessions disable trigger sessions_changed",
            "alter table sessions enable trigger sessions_changed",
        ),
        ("alter table sessions disable trigger all", "alter table sessions enable trigger all"),
    ] {
        let store =
            PostgresStore::new(psql.clone()).cached(Caching::new(100).max_silence(Duration::from_secs(1)));
        store.caught_up().await;
        in_psql(&psql, away).await;
        gate::until("it notices", async || store.stats().state == CacheState::Doubt).await;
        in_psql(&psql, back).await;
        becomes(&store, CacheState::Live).await;
    }
}

#[tokio::test]
async fn a_listener_that_is_killed_leaves_nothing_stale_behind() {
    let url = announcing().await;
    let (store, psql) = (process(&url).await, support::pool_on(&url).await);
    let id = session(&store).await;
    for n in 2..6 {
        store.caught_up().await;
        assert!(record(&store, &id).await.is_some());
        assert!(knows(&store, &id).await);
        in_psql(&psql, KILL).await;
        save(&PostgresStore::new(psql.clone()), &id, &format!("{{\"n\": {n}}}")).await;
        // It listens again, or is still in doubt: in either case it has heard of it.
        store.caught_up().await;
        assert_eq!(values(&store, &id).await.unwrap(), format!("{{\"n\":{n}}}"));
    }
}

#[tokio::test]
async fn while_it_cannot_listen_every_read_goes_to_the_database() {
    let (store, wire, psql) = behind_a_wire(gate::PATIENCE).await;
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    wire.cut();
    becomes(&store, CacheState::Down).await;
    for n in 2..10 {
        save(&PostgresStore::new(psql.clone()), &id, &format!("{{\"n\": {n}}}")).await;
        assert_eq!(values(&store, &id).await.unwrap(), format!("{{\"n\":{n}}}"));
    }
    in_psql(&psql, "delete from sessions").await;
    assert!(record(&store, &id).await.is_none());
    wire.mend();
    becomes(&store, CacheState::Live).await;
}

/// It takes seconds until the attempt to listen again is given up. Until then the cache must not go on as if nothing
/// had happened.
#[tokio::test]
async fn a_connection_that_is_lost_is_doubt_at_once_however_long_the_next_one_takes() {
    let (store, wire, psql) = behind_a_wire(gate::PATIENCE).await;
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some() && knows(&store, &id).await);
    wire.sever();
    gate::until("it is believed no longer", async || store.stats().state != CacheState::Live).await;
    assert_eq!(store.stats().state, CacheState::Doubt, "it is not known yet whether one can listen again");
    save(&PostgresStore::new(psql.clone()), &id, "{\"n\": 2}").await;
    assert_eq!(values(&store, &id).await.unwrap(), "{\"n\":2}");
    wire.mend();
    becomes(&store, CacheState::Live).await;
}

#[tokio::test]
async fn packets_that_are_dropped_without_a_word_are_noticed_within_the_silence() {
    let silence = Duration::from_secs(1);
    let (store, wire, psql) = behind_a_wire(silence).await;
    let id = session(&store).await;
    becomes(&store, CacheState::Live).await;
    record(&store, &id).await;
    wire.freeze();
    in_psql(&psql, "delete from sessions").await;
    let committed = std::time::Instant::now();
    // Until then a read may be old; afterwards none is, whatever the task that listens does.
    gate::until("the session is seen to have ended", async || record(&store, &id).await.is_none()).await;
    let stale_for = committed.elapsed();
    assert_ne!(store.stats().state, CacheState::Live);
    assert!(record(&store, &id).await.is_none());
    println!("with packets dropped, the last stale read was at most {stale_for:?} after the commit");
    wire.mend();
    becomes(&store, CacheState::Live).await;
}

#[tokio::test]
async fn what_was_missed_without_an_error_is_not_served_when_signs_of_life_come_again() {
    let (store, wire, psql) = behind_a_wire(Duration::from_secs(1)).await;
    let id = session(&store).await;
    becomes(&store, CacheState::Live).await;
    assert!(record(&store, &id).await.is_some());
    wire.deafen();
    save(&PostgresStore::new(psql.clone()), &id, "{\"n\": 2}").await;
    gate::until("the silence is noticed", async || store.stats().state != CacheState::Live).await;
    wire.mend();
    becomes(&store, CacheState::Live).await;
    assert_eq!(values(&store, &id).await.unwrap(), "{\"n\":2}");
}

#[tokio::test]
async fn a_cache_begins_again_where_another_runtime_takes_it_up() {
    let url = announcing().await;
    let (id, store) = std::thread::spawn({
        let url = url.clone();
        move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            // The pool's connections end with this runtime, too.
            runtime.block_on(async {
                let store = process(&url).await;
                (session(&store).await, store)
            })
        }
    })
    .join()
    .expect("the thread ends well");
    record(&store, &id).await;
    store.caught_up().await;
    becomes(&store, CacheState::Live).await;
}

#[tokio::test]
async fn a_store_that_is_dropped_stops_listening() {
    let url = announcing().await;
    let (store, psql) = (process(&url).await, support::pool_on(&url).await);
    let listeners = "select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'actix-pg-session cache'";
    assert_eq!(support::count(&psql, listeners).await, 1);
    drop(store);
    gate::until("the connection closes", async || support::count(&psql, listeners).await == 0).await;
}

#[tokio::test]
async fn a_strict_store_sees_what_was_committed_a_moment_ago_and_the_cache_learns_of_it() {
    let (store, wire, psql) = behind_a_wire(gate::PATIENCE).await;
    let strict = store.strict();
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    // Nothing is announced any more, and nobody knows.
    wire.freeze();
    save(&PostgresStore::new(psql.clone()), &id, r#"{"n": 2}"#).await;
    assert_eq!(values(&store, &id).await.unwrap(), r#"{"n":1}"#, "a cache is a cache");
    assert_eq!(values(&strict, &id).await.unwrap(), r#"{"n":2}"#);
    assert_eq!(values(&store, &id).await.unwrap(), r#"{"n":2}"#);
    in_psql(&psql, "delete from sessions").await;
    assert!(record(&store, &id).await.is_some());
    assert!(record(&strict, &id).await.is_none());
    assert!(record(&store, &id).await.is_none());
}

#[tokio::test]
async fn a_write_upon_a_stale_read_is_refused_or_merged_and_never_revives() {
    let (store, wire, psql) = behind_a_wire(gate::PATIENCE).await;
    let id = session(&store).await;
    record(&store, &id).await;
    wire.freeze();
    save(&PostgresStore::new(psql.clone()), &id, r#"{"other": true}"#).await;
    let version = record(&store, &id).await.expect("a stale read").version;
    let change =
        actix_pg_session::Change { expected_version: Some(version), ..crate::fleet::set(r#"{"n": 9}"#) };
    let updated = store.update(&id, change).await.expect("an answer");
    assert_eq!(updated, actix_pg_session::Updated::Conflict);
    save(&store, &id, r#"{"n": 9}"#).await;
    assert_eq!(values(&store, &id).await.unwrap(), r#"{"n":9,"other":true}"#);
    in_psql(&psql, "delete from sessions").await;
    let updated = store.update(&id, crate::fleet::set("{}")).await.expect("an answer");
    assert_eq!(updated, actix_pg_session::Updated::Gone);
    assert!(record(&store, &id).await.is_none());
}

#[tokio::test]
async fn a_sign_out_by_the_id_of_before_a_renewal_is_known_where_it_was_made_before_it_is_announced() {
    let (store, wire, _) = behind_a_wire(gate::PATIENCE).await;
    let (old, new) = (session(&store).await, SessionId::generate().expect("randomness"));
    let renewal = Renewal { change: Change::default(), restart: None, proof: None, late_grace: HOUR };
    store.renew(&old, &new, renewal).await.expect("an answer");
    store.caught_up().await;
    assert!(record(&store, &new).await.is_some());
    assert!(knows(&store, &new).await);
    wire.freeze();
    assert_eq!(store.delete(&old, HOUR).await.expect("an answer"), Deleted::Ended);
    assert!(record(&store, &new).await.is_none());
}

/// A cache that listens over a wire, while its statements take another way.
pub(crate) async fn behind_a_wire(silence: Duration) -> (CachedStore, Wire, PgPool) {
    let url = announcing().await;
    let server = PgConnectOptions::from_str(&url).expect("an address");
    let wire = Wire::to(&server).await;
    let caching = Caching::new(100).max_silence(silence).listen_with(wire.options(&server));
    let store = PostgresStore::new(support::pool_on(&url).await).cached(caching);
    store.caught_up().await;
    (store, wire, support::pool_on(&url).await)
}
