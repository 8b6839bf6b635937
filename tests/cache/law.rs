//! The cached store obeys the law, live and in doubt.

use std::time::Duration;

use actix_pg_session::CachedStore;
use actix_pg_session::test_util::StoreUnderTest;

use crate::{fleet, support};

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

mod live {
    use super::{Cached, fleet};

    actix_pg_session::conformance_tests!(Cached(fleet::process(&fleet::announcing().await).await));
}

/// Rows are moved behind its back, and it sees that at once.
struct Strict(CachedStore);

impl StoreUnderTest for Strict {
    type Store = CachedStore;

    fn store(&self) -> &CachedStore {
        &self.0
    }

    async fn elapse(&self, by: Duration) {
        support::elapse(self.0.store().pool(), by).await;
    }
}

mod strict {
    use super::{Strict, fleet};

    actix_pg_session::conformance_tests!(Strict(fleet::process(&fleet::announcing().await).await.strict()));
}
