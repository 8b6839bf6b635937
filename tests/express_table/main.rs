//! Sessions in the table of an Express application: what stands there, and what becomes of it.

#[path = "../support/mod.rs"]
mod support;

mod admin;
mod cookie_object;
mod counter;
mod import;
mod others;
mod shape;
mod unreadable;
mod untouched;
mod zones;
