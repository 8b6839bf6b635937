//! What a store can do for signed-in people: find the sessions of one owner, end them, and keep to a number.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{Created, Deleted, SessionStore, Updated};
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Client, NewSession, Renewal};

/// A store that can find sessions by their owner.
///
/// # The law
///
/// 1. **Only the owner's.** Nothing here reads or ends a session of anybody else, whatever handle is given.
/// 2. **Only live ones** are listed, counted or ended.
/// 3. **Ended is ended**, as after [`delete`](SessionStore::delete): no order of calls brings the session back.
///    It leaves no mark for late requests; its browser has not got a newer cookie.
/// 4. **A limit holds**, however many processes sign the same owner in at once, as long as all of them keep it.
///
/// [`owner_tests!`](crate::owner_tests) is this law as a test suite. A store that obeys it says so by
/// [`SessionStore::owners`].
pub trait OwnerStore: SessionStore {
    /// The owner's sessions, the last begun first, at most so many.
    fn sessions_of(
        &self,
        owner: &str,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Device>, StoreError>> + Send;

    /// Ends the owner's session of this handle.
    fn end_session_of(
        &self,
        owner: &str,
        handle: Uuid,
    ) -> impl Future<Output = Result<Deleted, StoreError>> + Send;

    /// Ends all of the owner's sessions but one, or all. Answers the handles of those that it ended.
    fn end_sessions_of(
        &self,
        owner: &str,
        except: Option<Uuid>,
    ) -> impl Future<Output = Result<Vec<Uuid>, StoreError>> + Send;

    /// [`create`](SessionStore::create), if the owner of `new` may have one more session.
    ///
    /// # Errors
    ///
    /// As [`create`](SessionStore::create). Then nothing was ended to make room either.
    fn create_within(
        &self,
        limit: OwnerLimit,
        id: &SessionId,
        new: NewSession,
    ) -> impl Future<Output = Result<Admission<Created>, StoreError>> + Send;

    /// [`renew`](SessionStore::renew), if the owner of its restart may have one more session; the one that is left
    /// does not count. When it answers `Gone` or `Conflict`, nothing was ended to make room either.
    ///
    /// # Errors
    ///
    /// As [`renew`](SessionStore::renew).
    fn renew_within(
        &self,
        limit: OwnerLimit,
        old: &SessionId,
        new: &SessionId,
        renewal: Renewal,
    ) -> impl Future<Output = Result<Admission<Updated>, StoreError>> + Send;
}

/// How many sessions one owner may have at a time, and what becomes of the one too many
/// (OWASP ASVS 5.0 §7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerLimit {
    /// So many; at least one, as `build()` demands. Zero counts as one.
    pub most: u32,
    /// What happens to the next.
    pub when_full: WhenFull,
}

/// What becomes of a sign-in by somebody who has as many sessions as they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It ends the session that has not been used for longest, or as many as it takes: the forgotten browser, not
    /// the one at hand.
    Evict,
    /// It is refused, with an error that [says so](crate::SessionError::is_too_many_sessions): a `409`.
    Refuse,
}

/// What became of a call that keeps to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission<T> {
    /// It was made.
    In {
        /// What it answered.
        answer: T,
        /// The handles of sessions that were ended to make room.
        evicted: Vec<Uuid>,
    },
    /// The owner has as many sessions as they may; nothing was written.
    Full,
}

/// A session as its owner may see it: "signed in on these devices" (OWASP ASVS 5.0 §7.5.2).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Device {
    /// The public handle, to name it by in a form; of no use as a cookie.
    pub handle: Uuid,
    /// Where it began, and in what browser, if that was
    /// [recorded](crate::SessionMiddlewareBuilder::record_client). Anybody can call their browser anything.
    pub client: Client,
    /// When it began, which is when its owner signed in, by the store's clock.
    pub created_at: DateTime<Utc>,
    /// When it was last used, by the store's clock: a few minutes coarse, as
    /// [`touch_after`](crate::SessionMiddlewareBuilder::touch_after) says.
    pub seen_at: DateTime<Utc>,
    /// When its owner last proved who they are, by the store's clock.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// How long ago it began.
    pub since_created: Duration,
    /// How long ago it was last used.
    pub since_seen: Duration,
    /// How long it has left if it is not used again.
    pub expires_in: Duration,
    /// Whether it is the session that asks. A store by itself does not know, and says no.
    pub is_current: bool,
}

/// A store's own [`OwnerStore`], behind one type for all stores; what [`SessionStore::owners`] answers.
#[derive(Clone, Copy)]
pub struct Owners<'a>(&'a dyn ErasedOwnerStore);

impl<'a> Owners<'a> {
    /// What this store can do.
    pub fn of(store: &'a impl OwnerStore) -> Self {
        Self(store)
    }

    pub(crate) fn get(self) -> &'a dyn ErasedOwnerStore {
        self.0
    }
}

impl fmt::Debug for Owners<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owners")
    }
}

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// [`OwnerStore`] with its futures boxed.
pub(crate) trait ErasedOwnerStore: Send + Sync {
    fn sessions_of<'a>(&'a self, owner: &'a str, most: u32) -> Answer<'a, Vec<Device>>;
    fn end_session_of<'a>(&'a self, owner: &'a str, handle: Uuid) -> Answer<'a, Deleted>;
    fn end_sessions_of<'a>(&'a self, owner: &'a str, except: Option<Uuid>) -> Answer<'a, Vec<Uuid>>;
    fn create_within<'a>(
        &'a self,
        limit: OwnerLimit,
        id: &'a SessionId,
        new: NewSession,
    ) -> Answer<'a, Admission<Created>>;
    fn renew_within<'a>(
        &'a self,
        limit: OwnerLimit,
        old: &'a SessionId,
        new: &'a SessionId,
        renewal: Renewal,
    ) -> Answer<'a, Admission<Updated>>;
}

impl<S: OwnerStore> ErasedOwnerStore for S {
    fn sessions_of<'a>(&'a self, owner: &'a str, most: u32) -> Answer<'a, Vec<Device>> {
        Box::pin(OwnerStore::sessions_of(self, owner, most))
    }

    fn end_session_of<'a>(&'a self, owner: &'a str, handle: Uuid) -> Answer<'a, Deleted> {
        Box::pin(OwnerStore::end_session_of(self, owner, handle))
    }

    fn end_sessions_of<'a>(&'a self, owner: &'a str, except: Option<Uuid>) -> Answer<'a, Vec<Uuid>> {
        Box::pin(OwnerStore::end_sessions_of(self, owner, except))
    }

    fn create_within<'a>(
        &'a self,
        limit: OwnerLimit,
        id: &'a SessionId,
        new: NewSession,
    ) -> Answer<'a, Admission<Created>> {
        Box::pin(OwnerStore::create_within(self, limit, id, new))
    }

    fn renew_within<'a>(
        &'a self,
        limit: OwnerLimit,
        old: &'a SessionId,
        new: &'a SessionId,
        renewal: Renewal,
    ) -> Answer<'a, Admission<Updated>> {
        Box::pin(OwnerStore::renew_within(self, limit, old, new, renewal))
    }
}
