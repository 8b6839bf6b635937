//! Sessions in the table of an Express application: what stands there, and what becomes of it.

#[path = "../support/mod.rs"]
mod support;

mod admin;
mod cookie_object;
mod counter;
mod crowds;
mod hostile_dates;
mod import;
mod import_again;
mod import_layouts;
mod odd_rows;
mod others;
mod replies;
mod shape;
mod start;
mod unreadable;
mod untouched;
mod zones;
