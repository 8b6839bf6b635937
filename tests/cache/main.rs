//! The cache in front of the PostgreSQL store: it answers without a query, it is never silently out of date,
//! and the law holds through it.

mod bypass;
mod coherence;
mod doubt;
mod economy;
mod ending;
mod fleet;
mod law;
mod listening;
mod pages;
#[path = "../support/mod.rs"]
mod support;
mod wire;
