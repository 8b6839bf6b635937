//! The administrators' pages over HTTP: who gets in, what is shown and what is not, and what ends a session.

mod ending;
mod gate;
mod pages;
mod stage;
#[path = "../support/mod.rs"]
mod support;
