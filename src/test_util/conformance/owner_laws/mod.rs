//! The laws about the sessions of one owner, by chapter.

mod ending;
mod limit;
mod listing;

/// What every chapter uses.
mod prelude {
    pub(super) use serde_json::json;
    pub(super) use uuid::Uuid;

    pub(super) use super::super::fixtures::{HOUR, assert_about, new_id, renewal, restart, session, set};
    pub(super) use super::super::{StoreUnderTest, Subject};
    pub(super) use super::live_of;
    pub(super) use crate::id::SessionId;
    pub(super) use crate::record::{Change, Client, NewSession, Renewal};
    pub(super) use crate::store::{
        Admission, Deleted, OwnerLimit, OwnerStore, SessionStore, Updated, WhenFull,
    };

    /// A session that `owner` begins.
    pub(super) fn of(owner: &str) -> NewSession {
        NewSession { owner: Some(owner.to_owned()), ..session(json!({})) }
    }
}

/// The handles of the owner's live sessions, the last begun first.
async fn live_of<U>(subject: &Subject<U>, owner: &str) -> Vec<uuid::Uuid>
where
    U: StoreUnderTest<Store: crate::store::OwnerStore>,
{
    use crate::store::OwnerStore as _;
    let devices = subject.store().sessions_of(owner, 1000).await.expect("a list");
    devices.into_iter().map(|device| device.handle).collect()
}

use super::{StoreUnderTest, Subject};

macro_rules! publish {
    ({} $($chapter:ident { $($law:ident)* })*) => {
        $(pub use $chapter::{$($law),*};)*
    };
}

crate::__every_owner_law! { [publish] {} }
