//! Private PostgreSQL clusters, the packages of an Express application, and the
//! small things around them.
//!
//! The `dev` script runs this package's program; the project's tests use this
//! library. Both need the same thing, a PostgreSQL server that belongs to
//! nobody else, so it lives here once: see [`postgres::Cluster`].
//!
//! It is built before anything else a newcomer sees, so it keeps to the
//! standard library wherever that suffices.

#![forbid(unsafe_code)]

pub mod command;
pub mod node;
pub mod packages;
pub mod pip;
pub mod postgres;
pub mod valgrind;
pub mod watcher;

mod error;
mod say;

pub use error::{Error, OrSay, Result};
pub use say::say;
