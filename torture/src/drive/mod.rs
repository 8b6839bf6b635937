//! Asking the applications for things, and writing down what they answer.

mod census;
mod client;
mod http;
mod places;
mod plan;
mod round;
mod schedule;

pub use round::{Load, play};
pub use schedule::Recovery;
