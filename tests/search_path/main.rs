//! A `search_path` that leads past somebody else's schema: what a neighbour has planted there is not called.
//!
//! The schema `planted` has a function for nearly every call and an operator for nearly every comparison that could
//! be meant, of just the types that are given, and tables of our names. It stands before `public`, so that it is
//! found wherever PostgreSQL's own do not fit better.

mod express;
mod stories;
#[path = "../support/mod.rs"]
mod support;
mod trap;
