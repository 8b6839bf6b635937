//! The store obeys the law in every layout, with its calls in batches and one by one.

use std::time::Duration;

use actix_pg_session::test_util::StoreUnderTest;
use actix_pg_session::{Layout, PostgresStore, PostgresStoreBuilder};

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
    let builder = set(place.builder(place.pool().await));
    Laid(builder.build().expect("these settings go together"))
}

mod partitioned {
    use super::store;
    use crate::PARTITIONED;

    actix_pg_session::conformance_tests!(store(PARTITIONED, |store| store).await);
}

mod partitioned_one_by_one {
    use super::store;
    use crate::PARTITIONED;

    actix_pg_session::conformance_tests!(store(PARTITIONED, |store| store.batching(false)).await);
}

mod distributed {
    use super::store;
    use crate::DISTRIBUTED;

    actix_pg_session::conformance_tests!(store(DISTRIBUTED, |store| store).await);
}

mod distributed_one_by_one {
    use super::store;
    use crate::DISTRIBUTED;

    actix_pg_session::conformance_tests!(store(DISTRIBUTED, |store| store.batching(false)).await);
}

mod distributed_unprepared {
    use super::store;
    use crate::DISTRIBUTED;

    actix_pg_session::conformance_tests!(store(DISTRIBUTED, |store| store.prepared_statements(false)).await);
}
