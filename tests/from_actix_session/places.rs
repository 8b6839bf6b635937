//! Every form in which the crate keeps sessions.

use std::time::Duration;

use actix_pg_session::{
    ActixSessionStore, CachedStore, Caching, Layout, MemoryStore, PostgresStore, PostgresStoreBuilder,
    SessionStore,
};
use sqlx::PgPool;

use crate::support::{self, gate};

/// A store, and power over its clock.
pub(crate) trait Place {
    type Store: SessionStore;

    /// The store, for actix-session.
    fn store(&self) -> ActixSessionStore<Self::Store>;

    /// Turns its clock forward.
    async fn elapse(&self, by: Duration);

    /// How many sessions are live.
    async fn sessions(&self) -> i64;
}

#[derive(Default)]
pub(crate) struct InMemory(MemoryStore);

impl Place for InMemory {
    type Store = MemoryStore;

    fn store(&self) -> ActixSessionStore<MemoryStore> {
        ActixSessionStore::new(self.0.clone())
    }

    async fn elapse(&self, by: Duration) {
        self.0.advance(by);
    }

    async fn sessions(&self) -> i64 {
        self.0.len().try_into().expect("not that many")
    }
}

pub(crate) struct InPostgres<S> {
    store: S,
    pub(crate) pool: PgPool,
}

impl<S: Kept> Place for InPostgres<S> {
    type Store = S;

    fn store(&self) -> ActixSessionStore<S> {
        ActixSessionStore::new(self.store.clone())
    }

    async fn elapse(&self, by: Duration) {
        support::elapse(&self.pool, by).await;
        self.store.told().await;
    }

    async fn sessions(&self) -> i64 {
        support::count(&self.pool, "select count(*) from sessions where expires_at > now()").await
    }
}

impl<S: Kept> InPostgres<S> {
    /// The store itself.
    pub(crate) fn kept(&self) -> S {
        self.store.clone()
    }

    /// Does something in psql, and waits until it has got about.
    pub(crate) async fn in_psql(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.pool).await.expect(sql);
        self.store.told().await;
    }
}

/// A store over the table `sessions`.
pub(crate) trait Kept: SessionStore + Clone {
    /// Waits until it knows of everything that was committed before.
    async fn told(&self);
}

impl Kept for PostgresStore {
    async fn told(&self) {}
}

impl Kept for CachedStore {
    async fn told(&self) {
        self.caught_up().await;
    }
}

async fn postgres(set: fn(PostgresStoreBuilder) -> PostgresStoreBuilder) -> InPostgres<PostgresStore> {
    let pool = support::pool().await;
    let store = set(PostgresStore::builder(pool.clone())).build().expect("these settings go together");
    store.migrate().await.expect("the migrations apply");
    InPostgres { store, pool }
}

pub(crate) async fn in_memory() -> InMemory {
    InMemory::default()
}

pub(crate) async fn in_batches() -> InPostgres<PostgresStore> {
    postgres(|store| store).await
}

pub(crate) async fn one_by_one() -> InPostgres<PostgresStore> {
    postgres(|store| store.batching(false).prepared_statements(false)).await
}

pub(crate) async fn partitioned() -> InPostgres<PostgresStore> {
    postgres(|store| store.layout(Layout::Partitioned { partitions: 4 })).await
}

pub(crate) async fn distributed() -> InPostgres<PostgresStore> {
    postgres(|store| store.layout(Layout::Distributed { shards: 4 })).await
}

pub(crate) async fn cached() -> InPostgres<CachedStore> {
    let pool = support::pool().await;
    // A silence that no machine is slow enough for.
    let caching = Caching::new(1000).max_silence(gate::PATIENCE);
    let store = PostgresStore::new(pool.clone()).cached(caching);
    store.migrate().await.expect("the migrations apply");
    store.caught_up().await;
    InPostgres { store, pool }
}

/// Runs each test on every form of PostgreSQL store.
macro_rules! in_postgres {
    ($($test:ident)*) => { $crate::places::run_in! { in_batches one_by_one partitioned distributed cached: [$($test)*] } };
}

/// Runs each test on every store.
macro_rules! everywhere {
    ($($test:ident)*) => {
        $crate::places::run_in! { in_memory in_batches one_by_one partitioned distributed cached: [$($test)*] }
    };
}

/// Runs each test on one store of either kind, when it is not about how they store.
macro_rules! in_memory_and_in_postgres {
    ($($test:ident)*) => { $crate::places::run_in! { in_memory in_batches: [$($test)*] } };
}

/// Runs each test on what reads from the table, and on what does not.
macro_rules! with_a_cache_and_without {
    ($($test:ident)*) => { $crate::places::run_in! { cached in_batches: [$($test)*] } };
}

macro_rules! run_in {
    ($($place:ident)*: $tests:tt) => { $( $crate::places::run_in! { @ $place $tests } )* };
    (@ $place:ident [$($test:ident)*]) => {
        mod $place {
            $(
                #[actix_web::test]
                async fn $test() {
                    super::$test($crate::places::$place().await).await;
                }
            )*
        }
    };
}

pub(crate) use {everywhere, in_memory_and_in_postgres, in_postgres, run_in, with_a_cache_and_without};
