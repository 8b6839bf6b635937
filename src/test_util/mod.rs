//! What tests need: for applications, a [`Browser`]; for stores, the law as a test suite; for both,
//! a store that fails and waits when told to.
//!
//! | You test | You take |
//! | --- | --- |
//! | a handler that uses a session | [`Browser`] and [`MemoryStore`](crate::MemoryStore), whose clock you can turn |
//! | what your application does in an outage, or in a race | [`FlakyStore`] |
//! | a store of your own | [`conformance_tests!`], and [`owner_tests!`] if it is an [`OwnerStore`](crate::OwnerStore) |
//!
//! Nothing here sleeps: tests turn a clock ([`MemoryStore::advance`](crate::MemoryStore::advance)) or
//! wait for an event ([`Gate::reached`]).
//!
//! Put the feature where only tests see it:
//!
//! ```toml
//! [dev-dependencies]
//! actix-pg-session = { version = "0.1", features = ["test-util"] }
//! ```

mod browser;
mod conformance;
mod flaky;

pub use crate::{conformance_tests, owner_tests};
pub use browser::{Browser, Reply, StoredCookie};
pub use conformance::StoreUnderTest;
pub use flaky::{FlakyStore, Gate, Op, When};

/// What the macros of this module expand to. Not for anybody else.
#[doc(hidden)]
pub mod __private {
    pub use super::conformance::{Subject, laws, owner_laws, run};
}
