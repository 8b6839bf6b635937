//! Every form of the PostgreSQL store obeys the law about owners.

use std::time::Duration;

use actix_pg_session::test_util::StoreUnderTest;
use actix_pg_session::{CachedStore, Caching, Layout, PostgresStore, PostgresStoreBuilder};

use crate::support;
use crate::support::place::Place;

struct Laid(PostgresStore);

impl StoreUnderTest for Laid {
    type Store = PostgresStore;

    fn store(&self) -> &PostgresStore {
        &self.0
    }

    async fn elapse(&self, by: Duration) {
        support::elapse(self.0.pool(), by).await;
    }
}

async fn store(layout: Layout, set: fn(PostgresStoreBuilder) -> PostgresStoreBuilder) -> Laid {
    let place = Place::new(layout).await;
    Laid(set(place.builder(place.pool().await)).build().expect("these settings go together"))
}

const PARTITIONED: Layout = Layout::Partitioned { partitions: 5 };
const DISTRIBUTED: Layout = Layout::Distributed { shards: 4 };

mod plain {
    use actix_pg_session::Layout;

    actix_pg_session::owner_tests!(super::store(Layout::Plain, |store| store).await);
}

mod plain_unprepared_one_by_one {
    use actix_pg_session::Layout;

    actix_pg_session::owner_tests!(
        super::store(Layout::Plain, |store| store.batching(false).prepared_statements(false)).await
    );
}

mod partitioned {
    actix_pg_session::owner_tests!(super::store(super::PARTITIONED, |store| store).await);
}

mod distributed {
    actix_pg_session::owner_tests!(super::store(super::DISTRIBUTED, |store| store).await);
}

mod distributed_unprepared_one_by_one {
    actix_pg_session::owner_tests!(
        super::store(super::DISTRIBUTED, |store| store.batching(false).prepared_statements(false)).await
    );
}

/// What is ended by its owner is dead to this process at once, so nothing waits for the cache but the clock.
struct Cached(CachedStore);

impl StoreUnderTest for Cached {
    type Store = CachedStore;

    fn store(&self) -> &CachedStore {
        &self.0
    }

    async fn elapse(&self, by: Duration) {
        support::elapse(self.0.store().pool(), by).await;
        self.0.caught_up().await;
    }
}

async fn cached() -> Cached {
    // Believed for as long as a slow machine may take; what it hears is what counts.
    let caching = Caching::new(1000).max_silence(support::gate::PATIENCE);
    let store = PostgresStore::new(support::pool().await).cached(caching);
    store.migrate().await.expect("the migrations apply");
    store.caught_up().await;
    Cached(store)
}

mod cached {
    actix_pg_session::owner_tests!(super::cached().await);
}
