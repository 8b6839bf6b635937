//! How most stories begin and go on.

use actix_pg_session::Layout;
use sqlx::{PgPool, Postgres, Transaction};
use tokio::task::JoinHandle;

use super::http::{Browser, Reply};
use super::place::Place;
use super::site::{Plan, Site};
use super::{count, migrated, pool_on};

/// A site, a visitor with a session in which `a` is 1, and the site's database.
pub async fn visited_site() -> (Site, Browser, PgPool) {
    visited(|plan| plan).await
}

/// The same, on a site that is set up in another way.
pub async fn visited(set: impl FnOnce(Plan) -> Plan) -> (Site, Browser, PgPool) {
    let url = migrated().await;
    let site = set(Plan::on(&url)).start().await;
    let mut browser = Browser::new(&site);
    browser.get("/?set=a:1").await.new_cookie();
    (site, browser, pool_on(&url).await)
}

/// The same, where the tables are laid out in another way.
pub async fn visited_in(layout: Layout, set: impl FnOnce(Plan) -> Plan) -> (Site, Browser, PgPool) {
    let place = Place::on_this_server(layout).await;
    let plan = Plan::on(&place.url).store({
        let place = place.clone();
        move |pool| place.store(pool)
    });
    let site = set(plan).start().await;
    let mut browser = Browser::new(&site);
    browser.get("/?set=a:1").await.new_cookie();
    (site, browser, place.pool().await)
}

/// Sends a request that stands at the gate.
pub async fn in_flight(site: &Site, browser: &Browser, path: &str) -> JoinHandle<Reply> {
    let reply = browser.send(path);
    site.gate.wait_for(1).await;
    reply
}

/// Lets the request at the gate go on.
pub async fn go_on(site: &Site, request: JoinHandle<Reply>) -> Reply {
    site.gate.open(1);
    request.await.expect("a reply")
}

/// Locks every session.
pub async fn lock(pool: &PgPool) -> Transaction<'static, Postgres> {
    let mut lock = pool.begin().await.expect("a transaction");
    let rows = sqlx::query("select from sessions for update").fetch_all(&mut *lock).await;
    assert!(!rows.expect("rows").is_empty(), "there is a session to lock");
    lock
}

/// How many rows there are, live or not.
pub async fn sessions(pool: &PgPool) -> i64 {
    count(pool, "select count(*) from sessions").await
}
