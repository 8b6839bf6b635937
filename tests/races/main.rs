//! Requests of one visitor that overtake each other: no change is lost, and nothing that has ended
//! comes back. All of it over HTTP, on a PostgreSQL of its own, with two workers.
//!
//! The order of events is forced: by a gate in the handler, or by a row lock that the test holds.

mod counting;
mod expiry;
mod late;
mod logout;
mod renewal;
mod revocation;
mod rolling;
#[path = "../support/mod.rs"]
mod support;

use sqlx::PgPool;
use support::http::{Browser, Reply};
use support::site::{Plan, Site};

/// A site, a visitor with a session in which `a` is 1, and the site's database.
async fn visited_site() -> (Site, Browser, PgPool) {
    visited(|plan| plan).await
}

async fn visited(set: impl FnOnce(Plan) -> Plan) -> (Site, Browser, PgPool) {
    let url = support::migrated().await;
    let site = set(Plan::on(&url)).start().await;
    let mut browser = Browser::new(&site);
    browser.get("/?set=a:1").await.new_cookie();
    (site, browser, support::pool_on(&url).await)
}

/// Sends a request that stands at the gate.
async fn in_flight(site: &Site, browser: &Browser, path: &str) -> tokio::task::JoinHandle<Reply> {
    let reply = browser.send(path);
    site.gate.wait_for(1).await;
    reply
}

/// Lets the request at the gate go on.
async fn go_on(site: &Site, request: tokio::task::JoinHandle<Reply>) -> Reply {
    site.gate.open(1);
    request.await.expect("a reply")
}

async fn sessions(pool: &PgPool) -> i64 {
    support::count(pool, "select count(*) from sessions").await
}
