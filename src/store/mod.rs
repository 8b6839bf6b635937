//! Where sessions are kept: the trait, and the law that every store obeys.

#[cfg(feature = "cache")]
mod cached;
mod erased;
#[cfg(feature = "express")]
mod express;
mod memory;
mod owner;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod prune;
mod stored;

use std::future::Future;
#[cfg(feature = "postgres")]
use std::future::ready;
use std::time::Duration;

#[cfg(feature = "postgres")]
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Change, Lifetime, NewSession, Record, Renewal};

#[cfg(all(feature = "cache", feature = "fuzz-internals"))]
pub use cached::fuzzed as cached_fuzzed;
#[cfg(feature = "cache")]
pub use cached::{CacheState, CacheStats, CachedStore, Caching};
pub(crate) use erased::ErasedStore;
#[cfg(all(feature = "express", feature = "fuzz-internals"))]
pub use express::fuzzed as express_fuzzed;
#[cfg(feature = "express")]
pub use express::{ExpressStore, ExpressStoreBuilder, ExpressTouch, Import, Imported};
pub use memory::MemoryStore;
pub(crate) use owner::ErasedOwnerStore;
pub use owner::{Admission, Device, OwnerLimit, OwnerStore, Owners, WhenFull};
#[cfg(all(feature = "postgres", feature = "fuzz-internals"))]
pub use postgres::fuzzed as postgres_fuzzed;
#[cfg(feature = "postgres")]
pub use postgres::{Joined, Layout, PostgresStore, PostgresStoreBuilder, admin};
#[cfg(feature = "postgres")]
pub use prune::{Pruned, Pruner, Pruning};
pub use stored::StoredSession;

/// A place to keep sessions.
///
/// # The law
///
/// 1. **Only `create` makes a session**, and only `renew` puts one that is live under another id. An
///    update, touch or renewal that finds no live row answers `Gone`. No order of calls brings an
///    ended session back.
/// 2. **`Err` means that the store is broken**, never that a session is absent, expired or revoked.
/// 3. **An update merges.** It sends a difference; names that it does not mention keep the value
///    that they have *now*, not the one that the caller read.
/// 4. **The store's clock decides** what has expired. A session that is past its idle time or its
///    deadline is absent to every method, whether or not it was pruned.
/// 5. **Done when answered.** What a method answers is durable, as far as the store promises that.
/// 6. **Every method may be dropped** at any await and leaves the session before or after.
///
/// The `test-util` feature exports the law as a test suite: `conformance_tests!`.
///
/// # Writing one
///
/// Implement the methods as `async fn`; `examples/custom_store.rs` is a whole store, with the proof
/// that it obeys. Key rows by [`SessionId::digest`]; the secret itself is not to be had.
pub trait SessionStore: Send + Sync + 'static {
    /// Keeps a new session under `id`.
    ///
    /// # Errors
    ///
    /// [`StoreError::collision`] when there is a session under this id already, which stays as it
    /// is.
    fn create(
        &self,
        id: &SessionId,
        new: NewSession,
    ) -> impl Future<Output = Result<Created, StoreError>> + Send;

    /// Finds a session.
    ///
    /// Unknown, expired and revoked are all [`Loaded::Absent`].
    fn load(&self, id: &SessionId) -> impl Future<Output = Result<Loaded, StoreError>> + Send;

    /// Finds a session past whatever the store remembers of it: at least as new as everything that was durable
    /// before the call. Default: [`load`](Self::load), which is that in a store without a cache.
    fn refresh(&self, id: &SessionId) -> impl Future<Output = Result<Loaded, StoreError>> + Send {
        self.load(id)
    }

    /// Merges `change` into the row as it is now, moves its version, and starts its idle time anew.
    ///
    /// With [`Change::expected_version`], a row of another version is left alone and the answer is
    /// [`Updated::Conflict`].
    fn update(
        &self,
        id: &SessionId,
        change: Change,
    ) -> impl Future<Output = Result<Updated, StoreError>> + Send;

    /// Starts the idle time anew, never past the deadline and never backwards, unless a new lifetime
    /// is given and says so; data and version stay.
    fn touch(
        &self,
        id: &SessionId,
        lifetime: Option<Lifetime>,
    ) -> impl Future<Output = Result<Touched, StoreError>> + Send;

    /// Gives a session a new id, and merges a change, at once: when this returns, `old` is dead
    /// and `new` is live, and at no moment were both or neither.
    ///
    /// # Errors
    ///
    /// [`StoreError::collision`] when `new` exists already; the old session stays as it is.
    fn renew(
        &self,
        old: &SessionId,
        new: &SessionId,
        renewal: Renewal,
    ) -> impl Future<Output = Result<Updated, StoreError>> + Send;

    /// Names under which no value can stand, because the store has something of its own there. Verbs refuse
    /// them. Default: none.
    fn reserved_names(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the store can do for signed-in people. Default: nothing. A store that is an [`OwnerStore`] answers
    /// `Some(Owners::of(self))`.
    fn owners(&self) -> Option<Owners<'_>> {
        None
    }

    /// A transaction of the database that the sessions are in; see
    /// [`Session::begin_transaction`](crate::Session::begin_transaction). Who stops waiting for it must leave nothing
    /// open.
    ///
    /// # Errors
    ///
    /// When the store has no such database, which is the default, or cannot [`join`](Self::join) a transaction; or when
    /// the database did not answer. A store around another one of this crate's may pass it on.
    #[cfg(feature = "postgres")]
    fn begin_transaction(
        &self,
    ) -> impl Future<Output = Result<Transaction<'static, Postgres>, StoreError>> + Send {
        ready(Err(takes_no_part()))
    }

    /// The store, with its calls in a transaction of the application's; see [`Session::commit`](crate::Session::commit).
    ///
    /// # Errors
    ///
    /// When it cannot do that, which is the default. The transaction is rolled back. A store around another one of this
    /// crate's may pass it on.
    #[cfg(feature = "postgres")]
    fn join(&self, transaction: Transaction<'static, Postgres>) -> Result<Joined, StoreError> {
        drop(transaction);
        Err(takes_no_part())
    }

    /// Ends a session, or answers that there was none.
    ///
    /// An id that was renewed away, and is still remembered, ends the session under the id that it
    /// has now: a sign-out that crosses a renewal must not be lost. A restart is another session,
    /// and stays.
    ///
    /// For `late_grace` afterwards the id is remembered as [`Loaded::Ended`]; zero forgets it at
    /// once.
    fn delete(
        &self,
        id: &SessionId,
        late_grace: Duration,
    ) -> impl Future<Output = Result<Deleted, StoreError>> + Send;
}

#[cfg(feature = "postgres")]
fn takes_no_part() -> StoreError {
    StoreError::unsupported("this session store cannot take part in a transaction of the application's")
}

/// What [`load`](SessionStore::load) found.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// A session.
    Live(Box<Record>),
    /// No session: this id was signed out or renewed away by its own browser a moment ago.
    ///
    /// The request is a late one. It was sent with the old cookie while the reply with the new one
    /// was on its way, so it is served as anonymous and must not set a cookie over the new one.
    Ended,
    /// No session.
    Absent,
}

/// What [`create`](SessionStore::create) made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// The public handle.
    pub handle: Uuid,
    /// The time left, by the store's clock.
    pub remaining: Duration,
}

/// What became of an [`update`](SessionStore::update) or a [`renew`](SessionStore::renew).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updated {
    /// It is saved.
    Saved(Saved),
    /// There is no such session (any more); nothing was written.
    Gone,
    /// The row has another version than the expected one; nothing was written.
    Conflict,
}

/// A row as a save left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The public handle. It changes when a renewal began a new session.
    pub handle: Uuid,
    /// The row's version now.
    pub version: i64,
    /// The time left, by the store's clock.
    pub remaining: Duration,
}

/// What became of a [`touch`](SessionStore::touch).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// The session lives on, with this time left.
    Moved {
        /// The time left, by the store's clock.
        remaining: Duration,
    },
    /// There is no such session (any more).
    Gone,
}

/// What became of a [`delete`](SessionStore::delete).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// The session was there, and is over.
    Ended,
    /// There is no such session (any more).
    Gone,
}
