//! The store obeys the law there, too.

use std::time::Duration;

use actix_pg_session::test_util::StoreUnderTest;
use actix_pg_session::{PostgresStore, PostgresStoreBuilder};
use sqlx::{AssertSqlSafe, PgPool};

use crate::{follows_statements, support};

/// A store behind PgBouncer, and a pool beside it to turn the clock.
struct Behind {
    store: PostgresStore,
    direct: PgPool,
}

impl StoreUnderTest for Behind {
    type Store = PostgresStore;

    fn store(&self) -> &PostgresStore {
        &self.store
    }

    async fn elapse(&self, by: Duration) {
        support::elapse(&self.direct, by).await;
    }
}

async fn behind(set: fn(PostgresStoreBuilder) -> PostgresStoreBuilder) -> Behind {
    let store = crate::store(set).await;
    // Which database that is, PgBouncer's pool says best.
    let name: String = {
        let mut transaction = store.pool().begin().await.expect("a transaction");
        let name =
            sqlx::raw_sql(AssertSqlSafe("select current_database()")).fetch_one(&mut *transaction).await;
        sqlx::Row::get(&name.expect("a name"), 0)
    };
    let direct = support::with_database(&support::server_url(), &name);
    Behind { store, direct: support::pool_on(&direct).await }
}

mod unprepared {
    use super::behind;

    actix_pg_session::conformance_tests!(behind(|store| store.prepared_statements(false)).await);
}

mod unprepared_one_by_one {
    use super::behind;

    actix_pg_session::conformance_tests!(
        behind(|store| store.prepared_statements(false).batching(false)).await
    );
}

/// With statements that are prepared, where PgBouncer follows them. Where it does not, without.
mod followed {
    use super::{behind, follows_statements};

    actix_pg_session::conformance_tests!(
        behind(|store| store.prepared_statements(follows_statements())).await
    );
}

mod owners {
    use super::behind;

    actix_pg_session::owner_tests!(behind(|store| store.prepared_statements(false)).await);
}
