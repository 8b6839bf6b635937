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

use support::story::{go_on, in_flight, lock, sessions, visited, visited_site};
