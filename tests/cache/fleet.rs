//! Several processes on one database: stores that share nothing but the table.

use std::time::Duration;

use actix_pg_session::{
    CacheState, CachedStore, Caching, Change, Client, Data, Lifetime, Loaded, NewSession, PostgresStore,
    Record, SessionId, SessionStore, Updated,
};
use sqlx::PgPool;

use crate::support::{self, gate};

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// A database that has the tables and the triggers, and its address.
pub(crate) async fn announcing() -> String {
    let url = support::database().await;
    let store = PostgresStore::new(support::pool_on(&url).await).cached(1);
    store.migrate().await.expect("the migrations apply");
    store.store().pool().close().await;
    url
}

/// A process with a cache that is live.
pub(crate) async fn process(url: &str) -> CachedStore {
    process_with(url, Caching::new(1000)).await
}

/// A silence that no machine is slow enough for: who tests something else is not to meet it.
pub(crate) async fn process_with(url: &str, caching: Caching) -> CachedStore {
    let store = PostgresStore::new(support::pool_on(url).await).cached(caching.max_silence(gate::PATIENCE));
    store.caught_up().await;
    assert_eq!(store.stats().state, CacheState::Live);
    store
}

/// Two processes with a cache, and psql.
pub(crate) async fn two() -> (CachedStore, CachedStore, PgPool) {
    let url = announcing().await;
    (process(&url).await, process(&url).await, support::pool_on(&url).await)
}

pub(crate) fn new(data: &str) -> NewSession {
    NewSession {
        data: Data::from_json(data).expect("an object"),
        owner: Some("ann".into()),
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(HOUR, 10 * HOUR),
        cookie: None,
    }
}

pub(crate) fn set(data: &str) -> Change {
    Change { set: Data::from_json(data).expect("an object"), ..Change::default() }
}

pub(crate) async fn session(store: &impl SessionStore) -> SessionId {
    let id = SessionId::generate().expect("randomness");
    store.create(&id, new(r#"{"n": 1}"#)).await.expect("a session");
    id
}

/// The session, if it is live.
pub(crate) async fn record(store: &impl SessionStore, id: &SessionId) -> Option<Record> {
    match store.load(id).await.expect("an answer") {
        Loaded::Live(record) => Some(*record),
        Loaded::Ended | Loaded::Absent => None,
    }
}

pub(crate) async fn values(store: &impl SessionStore, id: &SessionId) -> Option<String> {
    record(store, id).await.map(|record| record.data.to_json())
}

pub(crate) async fn save(store: &impl SessionStore, id: &SessionId, data: &str) {
    let updated = store.update(id, set(data)).await.expect("an answer");
    assert!(matches!(updated, Updated::Saved(_)), "{updated:?}");
}

pub(crate) async fn in_psql(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.expect(sql);
}

/// Whether a read of this session is answered without the database.
pub(crate) async fn knows(store: &CachedStore, id: &SessionId) -> bool {
    let before = store.stats().hits;
    record(store, id).await;
    store.stats().hits > before
}
