//! The cookie on the wire: what is taken for ours, what is not, and what goes out.

mod forged;
mod headers;
#[cfg(feature = "postgres")]
mod never_adopted;
mod secrets;
mod several;
