//! What a visitor meets when something breaks: the database, the connection, the handler. Never
//! another visitor's session, never a silent sign-out, and nothing that was promised is lost.

mod failing_handlers;
mod failover;
mod hanging_up;
mod limits;
mod network;
mod outage;
#[expect(dead_code, unreachable_pub, unused_imports, reason = "not all of it is used here")]
#[path = "../../torture/src/proxy/mod.rs"]
mod proxy;
mod read_only;
mod restart;
mod slowness;
#[path = "../support/mod.rs"]
mod support;
