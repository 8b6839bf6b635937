//! Every public operation that can be awaited, dropped at every point where it waits.
//!
//! A future is dropped by a client that hangs up, a time limit, a `select!`. Whatever it was about to do has then
//! happened or has not: the rows are as before or as after, the pool is whole, nothing is locked, nothing happens
//! much later, and the next call works. `drops` says how that is tried; the tests say with what. `complete` fails
//! when an operation is left out.

mod admin;
mod complete;
mod drops;
mod express;
mod ground;
mod leaving;
mod owners;
mod requests;
mod sessions;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod upkeep;
mod wire;
