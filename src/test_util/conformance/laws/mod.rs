//! The laws, by chapter.

mod cancellation;
mod contention;
mod create;
mod delete;
mod expiry;
mod lifetime;
mod proof;
mod races;
mod renew;
mod restart;
mod touch;
mod update;
mod values;

/// What every chapter uses.
mod prelude {
    pub(super) use std::time::Duration;

    pub(super) use serde_json::json;

    pub(super) use super::super::fixtures::{
        HOUR, assert_about, new_id, remove, renewal, restart, session, set,
    };
    pub(super) use super::super::json::{plain, raw};
    pub(super) use super::super::{StoreUnderTest, Subject};
    pub(super) use crate::id::SessionId;
    pub(super) use crate::record::{Change, Client, Lifetime, NewSession, Renewal};
    pub(super) use crate::store::{Deleted, Loaded, SessionStore, Touched, Updated};
}

macro_rules! publish {
    ({} $($chapter:ident { $($law:ident)* })*) => {
        $(pub use $chapter::{$($law),*};)*
    };
}

crate::__every_law! { [publish] {} }
