//! The example `express`: one shop with two counters, Express 5 and actix-web, as two processes on one
//! database. Whatever a visitor does at one of them, the other knows.
//!
//! Everything happens twice: under two time zones of the database, one on either side of UTC and not
//! by whole hours. connect-pg-simple's table keeps local times, and whoever gets the zone wrong sees
//! sessions that have ended hours ago, or none.

mod cart;
mod cookie;
mod expiry;
mod page;
#[path = "../support/shop/mod.rs"]
mod shop;
mod signing_in;
#[path = "../support/mod.rs"]
mod support;

use shop::Counter::{self, Actix, Express};
use shop::Shop;

/// +05:45 and, in winter, -05:00.
const ZONES: [&str; 2] = ["Asia/Kathmandu", "America/New_York"];

/// Runs a test with a new shop in each zone.
async fn in_each_zone(test: impl AsyncFn(&Shop)) {
    for zone in ZONES {
        println!("a database whose zone is {zone}");
        test(&Shop::open(zone).await).await;
    }
}
