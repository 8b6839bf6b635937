//! The crate's own table in another layout.

use actix_pg_session::{Import, Imported, Layout, PostgresStore};
use sqlx::PgPool;

use crate::counter::{ask, node_sets, store, table};

async fn own_table(pool: &PgPool, layout: Layout) -> PostgresStore {
    let own = PostgresStore::builder(pool.clone()).layout(layout).build().expect("a layout");
    own.migrate().await.expect("the migrations apply");
    own
}

#[actix_web::test]
async fn sessions_are_copied_and_moved_into_hash_partitions() {
    let pool = table("").await;
    let own = own_table(&pool, Layout::Partitioned { partitions: 3 }).await;
    let express = store(&pool).await;
    for n in 0..20 {
        node_sets(&pool, &format!("session {n} of Node, which is long enough"), "\"a\":1", "UTC").await;
    }
    let import = Import::default();
    let copied = express.copy_into(&own, &import).await.expect("a copy");
    assert_eq!(copied, Imported { found: 20, added: 20, ..Imported::default() });
    node_sets(&pool, "session 7 of Node, which is long enough", "\"a\":2", "UTC").await;
    let moved = express.move_into(&own, &import).await.expect("the move");
    assert_eq!(moved, Imported { found: 20, changed: 1, ..Imported::default() });
    let partitions: i64 = ask(&pool, "select count(distinct tableoid) from sessions").await;
    assert_eq!(partitions, 3);
}

#[actix_web::test]
async fn a_distributed_table_takes_no_import_and_says_what_to_do() {
    let pool = table("").await;
    let own = own_table(&pool, Layout::Distributed { shards: 2 }).await;
    let express = store(&pool).await;
    node_sets(&pool, "a session of Node, which is long enough", "\"a\":1", "UTC").await;
    for error in [
        express.copy_into(&own, &Import::default()).await.expect_err("it is refused"),
        express.move_into(&own, &Import::default()).await.expect_err("it is refused"),
    ] {
        assert!(error.to_string().contains("plain"), "{error}");
    }
    let left: i64 = ask(&pool, "select count(*) from session").await;
    assert_eq!(left, 1);
}
