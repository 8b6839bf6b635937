//! Nonsense, in great numbers, for whatever reads what comes from outside.
//!
//! A target is a function of some bytes that panics if the crate did what it must not: believed a cookie that
//! nobody signed, damaged a value, let markup through. Each has a model of what is right, written plainly and
//! apart from the crate. What found something once is in `corpus/`, and is tried again with each test.
//!
//! `cargo test -p fuzz` replays the corpus and tries some thousand variations of it; `./dev fuzz` goes on for as
//! long as it is told, and with `--guided` under libFuzzer, which sees where the code has been.

#![forbid(unsafe_code)]

pub mod corpus;
mod input;
mod json;
mod mutate;
mod naive;
pub mod rounds;
mod targets;
mod words;

pub use targets::{TARGETS, Target, target};
