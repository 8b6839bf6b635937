//! What a visitor meets when something breaks: the database, the connection, the handler. Never
//! another visitor's session, never a silent sign-out, and nothing that was promised is lost.

mod failing_handlers;
mod hanging_up;
mod outage;
mod read_only;
mod restart;
mod slowness;
#[path = "../support/mod.rs"]
mod support;
