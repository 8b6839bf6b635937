//! The PostgreSQL store obeys the law, with prepared statements and without.

mod support;

use std::time::Duration;

use actix_pg_session::PostgresStore;
use actix_pg_session::test_util::StoreUnderTest;

struct Postgres(PostgresStore);

impl StoreUnderTest for Postgres {
    type Store = PostgresStore;

    fn store(&self) -> &PostgresStore {
        &self.0
    }

    async fn elapse(&self, by: Duration) {
        support::elapse(self.0.pool(), by).await;
    }
}

mod prepared {
    use super::{Postgres, support};

    actix_pg_session::conformance_tests!(Postgres(support::store().await));
}

mod unprepared {
    use super::{Postgres, PostgresStore, support};

    async fn store() -> PostgresStore {
        let builder = PostgresStore::builder(support::pool().await).prepared_statements(false);
        let store = builder.build().expect("the default names are good");
        store.migrate().await.expect("the migrations apply");
        store
    }

    actix_pg_session::conformance_tests!(Postgres(store().await));
}
