//! What is looked at when a store is built.

use actix_pg_session::{ExpressStore, SessionMiddleware};

use crate::counter::{ask, on, table};
use crate::support;
use crate::support::site::SECRET;

#[actix_web::test]
async fn a_store_without_prepared_statements_prepares_none_while_it_is_built() {
    let pool = table("").await;
    let one = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("a connection");
    ExpressStore::builder(one.clone()).prepared_statements(false).build().await.expect("a store");
    let names: Vec<String> = sqlx::query_scalar("select statement from pg_prepared_statements")
        .persistent(false)
        .fetch_all(&one)
        .await
        .expect("names");
    assert!(names.is_empty(), "{} prepared: {:?}", names.len(), names.first());
}

/// docs/express.md: "What is wrong with a table is said when the store is built."
#[actix_web::test]
async fn a_column_that_must_be_filled_by_others_is_said_at_start() {
    let pool = table("alter table session add tenant text not null").await;
    let built = ExpressStore::builder(pool).build().await;
    assert!(built.is_err(), "and every new session would be a 503");
}

#[actix_web::test]
async fn a_sid_that_is_too_short_for_our_ids_is_said_at_start() {
    let pool = table("alter table session alter sid type varchar(32)").await;
    let built = ExpressStore::builder(pool).build().await;
    assert!(built.is_err(), "and every new session would be a 503");
}

#[actix_web::test]
async fn an_administrator_s_column_that_is_too_short_is_said_at_start() {
    let pool = table("alter table session add owner text, add ip inet, add user_agent varchar(100)").await;
    let built = ExpressStore::builder(pool).admin_columns(true).build().await;
    let error = built.expect_err("a browser with a longer name would get no session").to_string();
    assert!(error.contains("user_agent") && error.contains("too short"), "{error}");
}

/// Ids have 43 characters, and the mark of one that has ended 49.
#[actix_web::test]
async fn a_sign_out_works_in_a_table_in_which_a_sign_in_does() {
    let pool = table("alter table session alter sid type varchar(49)").await;
    let store = ExpressStore::builder(pool.clone()).build().await.expect("long enough");
    let sessions = SessionMiddleware::builder(store, SECRET).name("connect.sid").secure(false).build();
    let browser = on(sessions.expect("the options go together")).await;
    browser.get("/?set=a:1").await.assert_status(200);
    browser.get("/?logout").await.assert_status(200);
    assert_eq!(ask::<i64>(&pool, "select count(*) from session where sid not like 'ended:%'").await, 0);
    let pool = table("alter table session alter sid type varchar(48)").await;
    assert!(ExpressStore::builder(pool).build().await.is_err());
}

#[actix_web::test]
async fn a_table_of_the_longest_name_can_be_made() {
    let pool = support::pool().await;
    let built = ExpressStore::builder(pool).table("t".repeat(63)).create_table_if_missing(true).build().await;
    built.expect("the name passes the check, so the table is made");
}
