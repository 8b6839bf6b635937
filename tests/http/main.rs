//! What a browser, an attacker and a handler see: the whole application, in process.
//!
//! Each story is told once and runs over the memory store and over PostgreSQL, unless the store has
//! no part in it. Without the feature `postgres` what is left is quick to build and to run, for those who break
//! something on purpose and want to see it noticed.

mod story;

mod build;
mod cookies;
mod options;
#[cfg(feature = "postgres")]
mod peers;
#[cfg(feature = "postgres")]
mod secrecy;
#[cfg(feature = "postgres")]
mod values;
mod verbs;
