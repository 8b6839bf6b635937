//! The database answers, but not in time; or there is no connection to be had.
//!
//! Every reply here comes while the cause is still there, so each of them came by its deadline.

use std::time::Duration;

use actix_pg_session::{OnOutage, PostgresStore};
use sqlx::PgPool;

use crate::support::gate::until;
use crate::support::http::Browser;
use crate::support::site::{Plan, Site};
use crate::support::story::{go_on, in_flight, lock, sessions, visited};
use crate::support::{blocked, count, migrated, pool_on};

/// What `store_timeout` is unless somebody says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// A site on which a healthy statement is in time even on a slow machine, and one that hangs is not.
async fn impatient(set: impl FnOnce(Plan) -> Plan) -> (Site, Browser, PgPool) {
    visited(|plan| set(plan).sessions(|b| b.store_timeout(Duration::from_secs(2)))).await
}

#[tokio::test]
async fn a_session_that_cannot_be_read_in_time_is_a_refusal() {
    let (_site, mut browser, pool) = impatient(|plan| plan).await;
    let mut hanging = pool.begin().await.expect("a transaction");
    sqlx::query("lock table sessions").execute(&mut *hanging).await.expect("a lock");
    browser.get("/?get=a").await.is_refusal();
    browser.get("/maybe?get=a").await.is_refusal();
    hanging.commit().await.expect("the lock is released");
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
}

#[tokio::test]
async fn a_save_that_is_not_through_in_time_is_a_refusal() {
    let (_site, mut browser, pool) = impatient(|plan| plan).await;
    let row = lock(&pool).await;
    for write in ["/?set=b:2", "/?renew", "/?logout"] {
        browser.get(write).await.is_refusal();
    }
    row.rollback().await.expect("the lock is released");
}

#[tokio::test]
async fn what_was_refused_as_too_slow_may_yet_happen_but_never_by_halves() {
    let (_site, mut browser, pool) = impatient(|plan| plan).await;
    let row = lock(&pool).await;
    browser.get("/?set=b:2&set=c:3&remove=a").await.is_refusal();
    row.commit().await.expect("the lock is released");
    blocked(&pool, 0).await;
    let body = browser.get("/?get=a&get=b&get=c").await.body;
    assert!(["nothing\n\"2\"\n\"3\"", "\"1\"\nnothing\nnothing"].contains(&&*body), "{body}");
}

#[tokio::test]
async fn a_store_with_a_pool_of_its_own_gives_no_new_id_to_a_visitor_whom_it_has_refused() {
    let url = migrated().await;
    let pool = pool_on(&url).await;
    let own = PostgresStore::connect(&url).await.expect("a store");
    let site = Plan::on(&url).store(|_| own).sessions(|b| b.store_timeout(DEFAULT_TIMEOUT)).start().await;
    let mut browser = Browser::new(&site);
    browser.get("/?set=a:1").await.new_cookie();
    let row = lock(&pool).await;
    browser.get("/?renew").await.is_refusal();
    row.commit().await.expect("the lock is released");
    blocked(&pool, 0).await;
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
}

#[tokio::test]
async fn a_touch_that_is_not_through_in_time_is_no_reason_to_refuse_the_page() {
    let (_site, mut browser, pool) = impatient(|plan| plan.sessions(|b| b.rolling(true))).await;
    let row = lock(&pool).await;
    let reply = browser.get("/?get=a").await;
    reply.leaves_the_cookie_alone();
    assert_eq!(reply.body, "\"1\"");
    row.commit().await.expect("the lock is released");
}

#[tokio::test]
async fn where_reading_matters_more_a_hanging_sign_out_is_still_a_refusal() {
    let (_site, mut browser, pool) =
        impatient(|plan| plan.sessions(|b| b.on_outage(OnOutage::Anonymous))).await;
    let row = lock(&pool).await;
    browser.get("/?set=b:2").await.leaves_the_cookie_alone();
    browser.get("/?logout").await.is_refusal();
    row.commit().await.expect("the lock is released");
}

#[tokio::test]
async fn a_connection_that_is_cut_during_a_save_is_a_refusal_and_the_row_is_as_it_was() {
    let (_site, mut browser, pool) = impatient(|plan| plan).await;
    let row = lock(&pool).await;
    let save = browser.send("/?set=a:2");
    blocked(&pool, 1).await;
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    assert_eq!(count(&pool, cut).await, 1);
    save.await.expect("a reply").is_refusal();
    row.commit().await.expect("the lock is released");
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
}

#[tokio::test]
async fn while_somebody_else_has_all_connections_visitors_are_refused_in_time() {
    let (site, mut browser, pool) = impatient(|plan| plan.pool(|pool| pool.max_connections(2))).await;
    let hog = in_flight(&site, &browser, "/hog").await;
    browser.get("/?get=a").await.is_refusal();
    browser.get("/maybe").await.is_refusal();
    browser.get("/plain").await.leaves_the_cookie_alone();
    assert_eq!(go_on(&site, hog).await.status, 200);
    assert_eq!(browser.get("/?get=a&set=b:2").await.body, "\"1\"");
    assert_eq!(sessions(&pool).await, 1);
}

#[tokio::test]
async fn saves_that_hang_take_connections_with_them_only_until_they_are_through() {
    let (_site, mut browser, pool) = impatient(|plan| plan.pool(|pool| pool.max_connections(2))).await;
    let row = lock(&pool).await;
    let hanging: Vec<_> = (0..10).map(|_| browser.send("/?incr=n")).collect();
    for save in hanging {
        save.await.expect("a reply").is_refusal();
    }
    row.commit().await.expect("the lock is released");
    until("the site recovers", async || browser.get("/?get=a").await.body == "\"1\"").await;
}
