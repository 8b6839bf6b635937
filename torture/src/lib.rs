//! Several applications, one PostgreSQL, random operations and faults, and a checker that knows what may be seen.
//!
//! `drive` asks the applications for things and writes down what they answer; `history` is what was written down;
//! `check` says afterwards whether it can be true. Only `apps`, `stage`, `proxy` and `faults` know that there are
//! processes and servers.

#![forbid(unsafe_code)]

pub mod apps;
pub mod check;
pub mod dice;
pub mod drive;
pub mod faults;
pub mod history;
pub mod options;
mod play;
pub mod proxy;
pub mod report;
pub mod stage;
mod ticker;

pub use play::play;
pub use xtask::{Error, OrSay, Result};
