//! What is JSON, what of it can be stored, and that it comes back as it was: on the crate's own table (`jsonb`), on
//! connect-pg-simple's (`json`), and for a corpus as for as many generated values as one likes.
//!
//! The words on what a value means are this folder's own (`meaning`), so that the crate is not held against itself.

mod corpus;
mod dice;
mod meaning;
mod planted;
mod site;
#[path = "../support/mod.rs"]
mod support;
mod values;
