//! The crate's stores under the real actix-session and actix-identity, and the way from there to here.

mod acceptance;
mod from_redis;
mod identity;
mod late;
mod leaving;
mod merging;
mod owner;
mod places;
mod revoked;
mod rows;
mod server;
mod site;
#[path = "../support/mod.rs"]
mod support;
mod values;
