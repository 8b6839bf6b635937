//! Sessions of a PostgreSQL store, kept in memory and kept true.

mod admin;
mod caching;
mod entries;
mod follow;
#[cfg(feature = "fuzz-internals")]
pub mod fuzzed;
mod greetings;
mod joined;
mod owners;
mod trust;
mod unsettled;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{Postgres, Transaction};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::{Created, Deleted, Joined, Loaded, Owners, PostgresStore, SessionStore, Touched, Updated};
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::record::{Change, Lifetime, NewSession, Renewal};
use entries::{Entries, Known};
use joined::InTransaction;
use trust::Trust;
use unsettled::Unsettled;

pub use caching::{CacheStats, Caching};
pub use trust::CacheState;

/// A [`PostgresStore`] with a cache in front of it, that hears of every change.
///
/// A read that the cache answers costs no query. Whoever changes or ends a session, in this process, in
/// another one or in psql, announces it (`NOTIFY`, by triggers of the cache's own migration), and the cache
/// drops what it knew: within milliseconds. Announcements can be lost, with the connection that carries
/// them; so the cache sends itself a sign of life all the time, and as soon as one is late, or the connection
/// breaks, it believes itself no longer, and every read goes to the database until it listens again.
///
/// So a read may be older than the last commit by the time that a notification takes. Where not even that may be,
/// use [`strict`](Self::strict) for a scope, or [`Session::reload`](crate::Session::reload) in a handler. Writes
/// never rely on the cache: they go to the row as it is, and one that was computed from an old value is
/// computed again.
///
/// Rows that somebody inserts, or brings back after they expired, are not announced: an id that was just found to
/// name nothing is believed to for five seconds.
///
/// ```no_run
/// use actix_pg_session::{PostgresStore, SessionMiddleware};
///
/// # async fn boot(pool: sqlx::PgPool, secret: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::new(pool).cached(100_000); // sessions, of a kilobyte or so each
/// store.migrate().await?; // the tables, and the triggers that announce
/// let sessions = SessionMiddleware::builder(store, secret).build()?;
/// # drop(sessions);
/// # Ok(())
/// # }
/// ```
///
/// Clones share everything.
#[derive(Clone)]
pub struct CachedStore {
    inner: Arc<Inner>,
    is_strict: bool,
    /// A transaction that all calls go into.
    joined: Option<Arc<InTransaction>>,
}

struct Inner {
    store: PostgresStore,
    shared: Arc<Shared>,
    listen_with: Option<PgConnectOptions>,
    follower: Mutex<Option<JoinHandle<()>>>,
}

/// What the task that listens has in common with the store.
struct Shared {
    entries: Entries,
    unsettled: Unsettled,
    trust: Trust,
}

impl PostgresStore {
    /// Puts a cache in front of this store. It takes one more connection, of its own, to listen.
    ///
    /// Give it a number of sessions, or a [`Caching`]. [`CachedStore::migrate`] adds what it needs to the
    /// database; until then it is [in doubt](CacheState::Doubt), says why in the log, and every read goes to the
    /// database.
    pub fn cached(self, caching: impl Into<Caching>) -> CachedStore {
        let Caching { capacity, max_silence, listen_with } = caching.into();
        let shared = Shared {
            entries: Entries::new(capacity),
            unsettled: Unsettled::default(),
            trust: Trust::new(max_silence),
        };
        let follower = Mutex::new(None);
        let inner = Inner { store: self, shared: Arc::new(shared), listen_with, follower };
        let cached = CachedStore { inner: Arc::new(inner), is_strict: false, joined: None };
        cached.follow();
        cached
    }
}

impl CachedStore {
    /// The store behind the cache.
    pub fn store(&self) -> &PostgresStore {
        self.joined.as_ref().map_or(&self.inner.store, |joined| joined.store())
    }

    /// The same cache for routes that must not see a session that was revoked a millisecond ago: every read
    /// goes to the database, and writes still tell the cache.
    ///
    /// Build a second middleware on it, of the same name and secrets, and wrap the scope of those routes with
    /// that one instead.
    #[must_use]
    pub fn strict(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), is_strict: true, joined: self.joined.clone() }
    }

    /// Creates or upgrades the tables and what announces changes; see [`PostgresStore::migrate`]. What was
    /// applied for the cache is kept in `_<table>_cache_migrations`.
    ///
    /// From then on every process announces, whether it has a cache or not.
    ///
    /// # Errors
    ///
    /// As [`PostgresStore::migrate`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.inner.store.migrate_for_cache().await?;
        self.follow();
        Ok(())
    }

    /// What the cache does, for metrics.
    pub fn stats(&self) -> CacheStats {
        let Shared { entries, trust, .. } = &*self.inner.shared;
        CacheStats {
            state: trust.state(Instant::now()),
            sessions: entries.len(),
            hits: entries.hits(),
            misses: entries.misses(),
        }
    }

    /// Waits until the cache has heard of everything that was committed before this call; so for ever, while
    /// it cannot listen. For tests, and to have a warm start.
    pub async fn caught_up(&self) {
        self.follow();
        self.inner.shared.trust.caught_up().await;
    }

    /// Sees to it that somebody listens. The task ends with the runtime that it was begun in; in a program
    /// that has several, another one takes it up.
    fn follow(&self) {
        let mut follower = self.inner.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if follower.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let Inner { store, shared, listen_with, .. } = &*self.inner;
        let task = follow::follow(Arc::clone(shared), store.clone(), listen_with.clone());
        *follower = Some(runtime.spawn(task));
    }

    /// The entries, if they may be believed about this session.
    fn entries(&self, id: &SessionId) -> Option<&Entries> {
        let Shared { entries, unsettled, trust } = &*self.inner.shared;
        if !trust.holds(Instant::now()) {
            self.follow();
            return None;
        }
        (!unsettled.has(id.digest())).then_some(entries)
    }

    /// Whatever becomes of a write, what is known of the session is dropped, unless the write says otherwise.
    fn unsure<'a>(&'a self, id: &'a SessionId) -> Unsure<'a> {
        Unsure { entries: &self.inner.shared.entries, id }
    }

    /// Makes a call that may begin or end these sessions. Until it is answered, reads ask the database: also when
    /// nobody waits for the answer any more, since what was sent is carried out.
    async fn turn<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        ids: &[&SessionId],
        call: impl FnOnce(PostgresStore) -> F,
    ) -> Result<T, StoreError> {
        let keys = ids.iter().map(|id| *id.digest()).collect();
        let turning = Turning::begin(Arc::clone(&self.inner.shared), keys);
        if let Some(joined) = &self.joined {
            joined.keep(turning);
            return call(joined.store().clone()).await;
        }
        call(self.inner.store.during(Arc::new(turning))).await
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let follower = self.follower.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = follower.take() {
            task.abort();
        }
    }
}

impl fmt::Debug for CachedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedStore")
            .field("store", &self.inner.store)
            .field("is_strict", &self.is_strict)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// A write whose outcome is not known: it failed, or nobody waited for its answer.
struct Unsure<'a> {
    entries: &'a Entries,
    id: &'a SessionId,
}

impl Unsure<'_> {
    /// The outcome is known, and the cache knows it.
    fn settled(self) {
        std::mem::forget(self);
    }
}

impl Drop for Unsure<'_> {
    fn drop(&mut self) {
        self.entries.forget(self.id.digest());
    }
}

/// A call that begins or ends sessions. Reads of them go to the database until it is over and what was known
/// before is forgotten.
struct Turning {
    shared: Arc<Shared>,
    keys: Vec<Digest>,
}

impl Turning {
    fn begin(shared: Arc<Shared>, keys: Vec<Digest>) -> Self {
        keys.iter().for_each(|key| shared.unsettled.begin(key));
        Self { shared, keys }
    }
}

impl Drop for Turning {
    fn drop(&mut self) {
        for key in &self.keys {
            self.shared.entries.forget(key);
            self.shared.unsettled.end(key);
        }
    }
}

impl SessionStore for CachedStore {
    fn owners(&self) -> Option<Owners<'_>> {
        Some(Owners::of(self))
    }

    async fn begin_transaction(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.inner.store.begin_transaction().await
    }

    fn join(&self, transaction: Transaction<'static, Postgres>) -> Result<Joined, StoreError> {
        self.joining(transaction)
    }

    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        // Somebody may have asked for it already, and remembered that it names nothing.
        self.turn(&[id], async |store| store.create(id, new).await).await
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        if self.is_strict || self.joined.is_some() {
            return Box::pin(self.refresh(id)).await;
        }
        // What goes to the database is boxed, so that a read which the cache answers is a small future.
        let Some(entries) = self.entries(id) else { return Box::pin(self.inner.store.load(id)).await };
        let fill = match entries.find(id.digest()).await {
            Known::Live(record) => return Ok(Loaded::Live(record)),
            Known::Absent => return Ok(Loaded::Absent),
            Known::Busy => return Box::pin(self.inner.store.load(id)).await,
            Known::Nothing(fill) => fill,
        };
        let loaded = Box::pin(self.inner.store.load(id)).await?;
        match &loaded {
            Loaded::Live(record) => fill.found(record),
            Loaded::Absent => fill.found_nothing(),
            // For seconds only, and rarely asked for.
            Loaded::Ended => drop(fill),
        }
        Ok(loaded)
    }

    async fn refresh(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        let loaded = self.store().load(id).await?;
        if self.joined.is_some() {
            return Ok(loaded);
        }
        let entries = &self.inner.shared.entries;
        match &loaded {
            Loaded::Live(record) => entries.compare(id.digest(), record.version),
            Loaded::Absent | Loaded::Ended => entries.forget(id.digest()),
        }
        Ok(loaded)
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        if self.joined.is_some() {
            return self.turn(&[id], async |store| store.update(id, change).await).await;
        }
        let (asked, unsure) = (Instant::now(), self.unsure(id));
        let (updated, is_alone) = self.inner.store.update_and_tell(id, change.clone()).await?;
        // What went together with another's change is in a row that this one does not know.
        if let (Updated::Saved(saved), true) = (&updated, is_alone) {
            self.inner.shared.entries.saved(id.digest(), &change, saved, asked);
            unsure.settled();
        }
        Ok(updated)
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        if self.joined.is_some() {
            return self.turn(&[id], async |store| store.touch(id, lifetime).await).await;
        }
        let (asked, unsure) = (Instant::now(), self.unsure(id));
        let touched = self.inner.store.touch(id, lifetime).await?;
        if let (Touched::Moved { remaining }, None) = (touched, lifetime) {
            self.inner.shared.entries.touched(id.digest(), remaining, asked);
            unsure.settled();
        }
        Ok(touched)
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        self.turn(&[old, new], async |store| store.renew(old, new, renewal).await).await
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        let delete = async |store: PostgresStore| store.delete_and_tell(id, late_grace).await;
        let Some(key) = self.turn(&[id], delete).await? else { return Ok(Deleted::Gone) };
        // What the session had become has ended, under an id that the caller does not know.
        if key != *id.digest() {
            self.has_ended(vec![key]);
        }
        Ok(Deleted::Ended)
    }
}
