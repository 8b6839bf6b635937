//! The memory store obeys the law.

use std::time::Duration;

use actix_pg_session::MemoryStore;
use actix_pg_session::test_util::StoreUnderTest;

struct Memory(MemoryStore);

impl StoreUnderTest for Memory {
    type Store = MemoryStore;

    fn store(&self) -> &MemoryStore {
        &self.0
    }

    async fn elapse(&self, by: Duration) {
        self.0.advance(by);
    }
}

actix_pg_session::test_util::conformance_tests!(Memory(MemoryStore::new()));

mod owners {
    use super::{Memory, MemoryStore};

    actix_pg_session::test_util::owner_tests!(Memory(MemoryStore::new()));
}
