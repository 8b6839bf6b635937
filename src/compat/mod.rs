//! For applications that come from actix-session: our stores behind its trait, and its cookies read by us.
//!
//! This is the only folder that knows actix-session. Its middleware, its cookie and its `Session` stay what
//! they are; it asks [`ActixSessionStore`] for whole maps, and gets them as differences to a row.

mod basis;
mod calls;
mod cookie;
mod refused;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::error::StoreError;
use crate::id::Digest;
use crate::store::SessionStore;

pub use cookie::ActixSessionCookie;

/// A store of this crate as a `SessionStore` of actix-session 0.11.
///
/// An application changes the line that makes its store, and keeps everything else: the middleware, the
/// cookie, `actix_session::Session`, actix-identity. `docs/from-actix-session.md` shows it, and the step
/// after.
///
/// ```no_run
/// use actix_pg_session::{ActixSessionStore, PostgresStore};
/// use actix_session::SessionMiddleware;
/// use actix_web::cookie::Key;
///
/// # async fn boot(database_url: &str, key: Key) -> Result<(), Box<dyn std::error::Error>> {
/// let postgres = PostgresStore::connect(database_url).await?;
/// postgres.migrate().await?;
/// let store = ActixSessionStore::new(postgres); // was: RedisSessionStore::new(redis_url).await?
/// let sessions = SessionMiddleware::new(store, key);
/// # drop(sessions);
/// # Ok(())
/// # }
/// ```
///
/// # What a row holds
///
/// The values themselves, so that `data->>'cart'` is what a person expects; the SHA-256 of the session key, not
/// the key; and as `owner` the text or number under [`owner_key`](Self::owner_key). A request that changes the
/// owner without `renew` gets a new session key all the same, and the session begins anew. Addresses and
/// browsers are not recorded: actix-session does not tell them to a store.
///
/// What `jsonb` cannot hold, U+0000 and numbers beyond a double, is an error when the session is saved, and the
/// row stays as it was.
///
/// # What is saved
///
/// actix-session hands a store the whole map, whatever changed. So that a request does not undo what another
/// one did meanwhile, the map that it gets carries one more entry, `actix_pg_session`, with what the row held
/// when it was loaded. Saved is the difference. The entry shows in `Session::entries` and is never stored; `clear`
/// drops it, and then the next save replaces the whole map, as it should. Leave it alone otherwise. Two requests
/// that change the *same* value at once still overwrite each other: this interface does not say what a value
/// was computed from.
///
/// # What does not come back
///
/// A session that was signed out, revoked, renewed or that expired while a request was under way stays ended,
/// whatever that request saves. When its own browser ended it, within [`late_grace`](Self::late_grace), the
/// request is answered with actix-session's `500`: any other answer would put the old cookie in the place of the
/// new one. Otherwise the browser gets a session key that names nothing, and its next request is anonymous.
/// A sign-in, by which the owner becomes somebody who it was not, is the exception: it begins a session with what
/// this request itself has set.
///
/// `renew` is a deletion and then a creation, since that is how actix-session asks for it. A client that hangs
/// up between the two has no session any more.
///
/// # Cost
///
/// Loading, saving, ending and extending are one statement each, and `renew` is two. One more is sent when a session
/// turns out to have ended, to say why, and when the first extension finds that the application's ttl was changed.
pub struct ActixSessionStore<S> {
    store: Arc<S>,
    owner_key: Arc<str>,
    late_grace: Duration,
    store_timeout: Duration,
    last_end: Mutex<Option<End>>,
}

/// What became of the session that was deleted last.
///
/// actix-session renews by `delete` and then `save`, and `save` is not told of which session. Between the two it
/// awaits nothing, and a middleware has a clone of the store to itself, on one thread. So the deletion before a
/// `save` is the one that belongs to it, if it is of the session that the values came from.
#[derive(Clone, Copy, Debug)]
struct End {
    digest: Digest,
    fate: Fate,
}

/// Why a session is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// This very request has ended it.
    EndedHere,
    /// Its browser ended or renewed it a moment ago, by another request.
    Late,
    /// It expired, or was ended by somebody else.
    Gone,
}

impl<S: SessionStore> ActixSessionStore<S> {
    /// Lets actix-session keep its sessions in `store`, which may be any of this crate.
    pub fn new(store: S) -> Self {
        Self {
            store: Arc::new(store),
            owner_key: Arc::from("actix_identity.user_id"),
            late_grace: Duration::from_secs(10),
            store_timeout: Duration::from_secs(5),
            last_end: Mutex::new(None),
        }
    }

    /// Under which name the application stores who is signed in; the row's `owner` is what stands there, if it
    /// is text or a number. Default: `actix_identity.user_id`, which is actix-identity's.
    #[must_use]
    pub fn owner_key(self, name: impl Into<String>) -> Self {
        Self { owner_key: Arc::from(name.into()), ..self }
    }

    /// For how long a session that its own browser ended is remembered as such. Default: 10 seconds, as in
    /// [`SessionMiddlewareBuilder::late_grace`](crate::SessionMiddlewareBuilder::late_grace).
    #[must_use]
    pub fn late_grace(self, grace: Duration) -> Self {
        Self { late_grace: grace, ..self }
    }

    /// How long one call to the store may take before it counts as broken, which actix-session answers with
    /// `500`. Default: 5 seconds.
    #[must_use]
    pub fn store_timeout(self, deadline: Duration) -> Self {
        Self { store_timeout: deadline, ..self }
    }

    /// No `async fn`, which would have room for the call twice.
    fn within<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> impl Future<Output = Result<T, StoreError>> {
        let answer = tokio::time::timeout(self.store_timeout, call);
        answer.map(|answer| answer.unwrap_or_else(|_| Err(StoreError::timed_out())))
    }

    fn last_end(&self) -> MutexGuard<'_, Option<End>> {
        self.last_end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same store; what was deleted last is each clone's own.
impl<S> Clone for ActixSessionStore<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            owner_key: Arc::clone(&self.owner_key),
            late_grace: self.late_grace,
            store_timeout: self.store_timeout,
            last_end: Mutex::new(None),
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for ActixSessionStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActixSessionStore")
            .field("store", &self.store)
            .field("owner_key", &self.owner_key)
            .finish_non_exhaustive()
    }
}
