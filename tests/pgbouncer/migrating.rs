//! Making the tables takes a direct connection; finding that there is nothing to make does not.

use actix_pg_session::PostgresStore;

use crate::support::{count, database, pool_on};
use crate::{migrated, pool, through};

#[tokio::test]
async fn to_make_the_tables_is_refused_and_leaves_no_lock() {
    let direct = database().await;
    let through = through(&direct);
    for prepared_statements in [true, false] {
        let builder = PostgresStore::builder(pool(&through).await);
        let store = builder.prepared_statements(prepared_statements).build().expect("good settings");
        let error = store.migrate().await.expect_err("it is not to be").to_string();
        assert!(error.contains("PgBouncer"), "{error}");
    }
    let pool = pool_on(&direct).await;
    let locks = "select count(*) from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())";
    assert_eq!(count(&pool, locks).await, 0);
    assert_eq!(count(&pool, "select count(*) from pg_class where relname like '%sessions%'").await, 0);
    PostgresStore::new(pool).migrate().await.expect("nobody is in the way");
}

#[tokio::test]
async fn where_there_is_nothing_to_make_applications_start_one_after_the_other_and_all_at_once() {
    let (_, through) = migrated().await;
    let start = async |through: &str| {
        let store = PostgresStore::builder(pool(through).await).prepared_statements(false).build();
        store.expect("good settings").migrate().await.expect("there is nothing to do");
    };
    for _ in 0..3 {
        start(&through).await;
    }
    futures_util::future::join_all((0..10).map(|_| start(&through))).await;
}
