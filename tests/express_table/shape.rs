//! A table that is none of connect-pg-simple's is refused at start, with the reason.

use actix_pg_session::ExpressStore;
use futures_util::future::join_all;

use crate::counter::{application, ask, table};
use crate::support;

async fn refusal(alter: &'static str) -> String {
    let pool = table(alter).await;
    ExpressStore::builder(pool).build().await.expect_err(alter).to_string()
}

#[actix_web::test]
async fn what_is_wrong_with_a_table_is_said_at_start() {
    for (alter, words) in [
        (
            "drop table session",
            &["there is no table", "\"public\".\"session\"", "create_table_if_missing"][..],
        ),
        ("alter table session rename sess to data", &["column sess is missing", "json or jsonb"]),
        ("alter table session alter sess type text", &["column sess is text"]),
        ("alter table session alter expire type date", &["column expire is date"]),
        ("alter table session drop constraint session_pkey", &["sid", "is not unique", "add primary key"]),
    ] {
        let error = refusal(alter).await;
        assert!(words.iter().all(|word| error.contains(word)), "{alter}: {error}");
    }
}

#[actix_web::test]
async fn admin_columns_that_are_not_there_are_asked_for() {
    let pool = table("alter table session add owner text, add ip text").await;
    let error = ExpressStore::builder(pool).admin_columns(true).build().await.expect_err("no columns");
    assert!(error.to_string().contains("column ip is text"), "{error}");
}

#[actix_web::test]
async fn names_of_any_kind_are_quoted_and_impossible_ones_refused() {
    let pool = support::pool().await;
    sqlx::raw_sql("create schema \"my \"\"shop\"").execute(&pool).await.expect("a schema");
    let store = ExpressStore::builder(pool.clone())
        .schema("my \"shop")
        .table("web; sessions")
        .create_table_if_missing(true)
        .build()
        .await
        .expect("the names are good");
    let browser = application(store).await;
    browser.get("/?set=a:1").await.assert_status(200);
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
    let rows: i64 = ask(&pool, "select count(*) from \"my \"\"shop\".\"web; sessions\"").await;
    assert_eq!(rows, 1);
    for impossible in ["", "it's", "a\0b"] {
        let built = ExpressStore::builder(pool.clone()).table(impossible).build().await;
        assert!(built.is_err(), "{impossible:?}");
    }
}

#[actix_web::test]
async fn fifty_processes_may_make_the_table_at_once() {
    let pool = support::pool().await;
    let builders = (0..50).map(|_| ExpressStore::builder(pool.clone()).create_table_if_missing(true).build());
    for store in join_all(builders).await {
        store.expect("one makes it, the others find it");
    }
    // As connect-pg-simple's own.
    let columns: String = ask(
        &pool,
        "select string_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull, ', ' order by attnum)
        from pg_attribute where attrelid = 'session'::regclass and attnum > 0",
    )
    .await;
    assert_eq!(
        columns,
        "sid character varying true, sess json true, expire timestamp(6) without time zone true"
    );
    let indexes: String = ask(
        &pool,
        "select string_agg(indexrelid::regclass::text, ', ' order by indexrelid) from pg_index
        where indrelid = 'session'::regclass",
    )
    .await;
    assert_eq!(indexes, "session_pkey, \"IDX_session_expire\"");
}
