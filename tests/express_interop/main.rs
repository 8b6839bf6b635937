//! Express and actix read what the other has written: cookies letter by letter, sessions byte by byte.
//!
//! The other side is the real one. The scripts of this folder run express-session, connect-pg-simple
//! and the packages that these use, as an Express application does; whatever they print or compare has
//! passed through those packages' own code.

mod cookies;
mod crossing;
mod node;
mod pieces;
mod site;
#[path = "../support/mod.rs"]
mod support;
mod tally;
mod values;
