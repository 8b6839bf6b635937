//! Accounts: signing in and proving it, the list of devices, a limit, credentials, transactions and events.

mod beginning;
mod bites;
mod credential;
mod crossing;
mod devices;
mod events;
mod expiring;
mod forgery;
mod hurry;
mod joining;
mod law;
mod limit;
mod signing_in;
mod site;
#[path = "../support/mod.rs"]
mod support;
mod transaction;
mod unsure;
