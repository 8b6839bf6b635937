//! What a browser, an attacker and a handler see: the whole application, in process.
//!
//! Each story is told once and runs over the memory store and over PostgreSQL, unless the store has
//! no part in it.

mod story;

mod build;
mod cookies;
mod options;
mod peers;
mod secrecy;
mod values;
mod verbs;
