//! A PostgreSQL that answers nonsense. Whatever it says, a call is answered with an error or with the truth, in time;
//! nobody gets somebody else's session, nothing panics, memory stays what it was, and when the server comes to its
//! senses everything works again.

mod cache;
#[cfg(feature = "express")]
mod express;
mod hostile;
mod liar;
mod lies;
mod login;
mod memory;
mod messages;
mod once;
mod replay;
mod site;
mod store;
#[path = "../support/mod.rs"]
mod support;
