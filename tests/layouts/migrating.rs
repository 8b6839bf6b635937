//! Making the tables of each layout, by the crate and by hand.

use actix_pg_session::{Layout, PostgresStore};
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::place::Place;
use crate::support::{count, pool, store};
use crate::{DISTRIBUTED, PARTITIONED};

/// The files of each layout.
macro_rules! files {
    ($directory:literal) => {
        [
            include_str!(concat!("../../migrations/", $directory, "0001_sessions.sql")),
            include_str!(concat!("../../migrations/", $directory, "0002_accounts.sql")),
            include_str!(concat!("../../migrations/", $directory, "0003_administration.sql")),
        ]
    };
}

const FILES: [(Layout, [&str; 3]); 3] = [
    (Layout::Plain, files!("")),
    (Layout::Partitioned { partitions: 16 }, files!("partitioned/")),
    (Layout::Distributed { shards: 32 }, files!("distributed/")),
];

fn built(pool: &PgPool, layout: Layout) -> PostgresStore {
    PostgresStore::builder(pool.clone()).layout(layout).build().expect("a layout")
}

/// What an administrator sees of the tables.
async fn described(pool: &PgPool) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "select c.relname || '.' || a.attname,
                concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull,
                          pg_get_expr(d.adbin, d.adrelid)),
                concat_ws(' ', obj_description(c.oid), col_description(c.oid, a.attnum))
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relname in ('sessions', 'sessions_ended', 'active_sessions', 'sessions_history')
        order by c.relname, a.attnum",
    )
    .fetch_all(pool)
    .await
    .expect("a description")
}

#[tokio::test]
async fn to_an_administrator_the_tables_of_all_layouts_look_alike() {
    let plain = described(store().await.pool()).await;
    assert_eq!(plain.len(), 16 + 3 + 10 + 5);
    for layout in [PARTITIONED, DISTRIBUTED] {
        let place = Place::on_this_server(layout).await;
        assert_eq!(described(&place.pool().await).await, plain, "{layout:?}");
    }
}

#[tokio::test]
async fn the_files_may_be_pasted_twice_and_leave_migrating_nothing_to_do() {
    for (layout, files) in FILES {
        let pool = pool().await;
        for file in files.into_iter().chain(files) {
            sqlx::raw_sql(AssertSqlSafe(file)).execute(&pool).await.expect("it may be run twice");
        }
        let before = count(&pool, "select count(*) from pg_class").await;
        built(&pool, layout).migrate().await.expect("the tables are taken as they are");
        // The table of migrations and its key, with what is stored beside it.
        let after = count(&pool, "select count(*) from pg_class").await;
        assert_eq!(after - before, 4, "{layout:?}");
    }
}

#[tokio::test]
async fn there_are_as_many_partitions_as_were_asked_for_each_with_its_settings() {
    let pool = pool().await;
    built(&pool, Layout::Partitioned { partitions: 7 }).migrate().await.expect("the migrations apply");
    let partitions = "select count(*) from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'sessions'::regclass and reloptions @> '{fillfactor=80}'";
    assert_eq!(count(&pool, partitions).await, 7);
    built(&pool, Layout::Partitioned { partitions: 7 }).migrate().await.expect("there is nothing to do");
}

#[tokio::test]
async fn a_store_of_another_layout_is_told_so() {
    let pool = pool().await;
    built(&pool, Layout::Partitioned { partitions: 2 }).migrate().await.expect("the migrations apply");
    let others = [Layout::Plain, Layout::Partitioned { partitions: 3 }, Layout::Distributed { shards: 2 }];
    for layout in others {
        let error = built(&pool, layout).migrate().await.expect_err("it is another").to_string();
        assert!(error.contains("layout"), "{error}");
    }
}

#[tokio::test]
async fn whatever_the_names_the_partitions_are_made_under_them() {
    for table in ["web", "100% \"sure\"", "sessions_p", "x'||'".trim_matches('\'')] {
        let pool = pool().await;
        let builder = PostgresStore::builder(pool.clone()).schema("my app").table(table);
        let Ok(store) = builder.layout(Layout::Partitioned { partitions: 3 }).build() else {
            assert!(table.contains('\''), "{table}");
            continue;
        };
        store.migrate().await.unwrap_or_else(|error| panic!("{table}: {error}"));
        let partitions: Vec<String> = sqlx::query_scalar(
            "select relname::text from pg_inherits join pg_class on pg_class.oid = inhrelid
            where relkind = 'r' order by 1",
        )
        .fetch_all(&pool)
        .await
        .expect("partitions");
        assert_eq!(partitions, [0, 1, 2].map(|n| format!("{table}_p{n}")));
    }
}
