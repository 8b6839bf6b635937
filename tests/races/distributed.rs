//! The races, where a renewal is another row in the place of the old one. Always on PostgreSQL without Citus: only
//! there does the test see who waits.

mod counting;
mod expiry;
mod late;
mod logout;
mod renewal;
#[path = "distributed/revoking.rs"]
mod revoking;
#[path = "../support/mod.rs"]
mod support;

use actix_pg_session::Layout;
use sqlx::PgPool;
use support::http::Browser;
use support::site::{Plan, Site};
use support::story::{go_on, in_flight, lock, sessions, visited_in};

const LAYOUT: Layout = Layout::Distributed { shards: 4 };

async fn visited_site() -> (Site, Browser, PgPool) {
    visited(|plan| plan).await
}

async fn visited(set: impl FnOnce(Plan) -> Plan) -> (Site, Browser, PgPool) {
    visited_in(LAYOUT, set).await
}
