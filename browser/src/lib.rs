//! The examples in a real browser: what the tests in `tests/` stand on.
//!
//! `./dev test` runs them. It gives a PostgreSQL of its own in `DATABASE_URL`, and where Chromium
//! and its driver are in `CHROMIUM` and `CHROMEDRIVER`. A missing one is a failure and not a reason
//! to skip: a test that nobody notices is not running guards nothing.

#![forbid(unsafe_code)]

mod database;
mod device;
mod driver;
mod elsewhere;
mod forger;
mod output;
mod shop;
mod stage;
mod visitor;

pub use database::Database;
pub use device::{Device, Scheme};
pub use elsewhere::Elsewhere;
pub use forger::Forger;
pub use shop::{DASHBOARD, Example, QUICKSTART, Shop, WIDGET};
pub use stage::{Stage, on_stage, on_stage_with};
pub use visitor::Visitor;

/// What goes wrong here ends the test, so its kind does not matter.
pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn given(name: &str) -> String {
    match std::env::var(name) {
        Ok(value) => value,
        Err(_) => panic!("{name} is not set: run ./dev test, which starts what these tests need"),
    }
}
