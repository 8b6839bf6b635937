//! The handle that handlers hold.

pub(crate) mod csrf;
mod devices;
#[cfg(feature = "express")]
mod express;
mod facts;
mod life;
mod mid_request;
mod proof;
#[cfg(feature = "postgres")]
mod transaction;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::arrival::Arrival;
use crate::config::Config;
use crate::detached::Detached;
use crate::draft::{Base, Draft, Edits};
use crate::error::SessionError;
use crate::id::SessionId;
use crate::key::{KeyFor, KeyOf};
use crate::record::decode;
use crate::step::{self, Step};

pub use devices::Devices;
pub use facts::SessionStatus;

/// The session of an application that has only one. Others are told apart by marker types; see
/// [`SessionMiddlewareBuilder::marker`](crate::SessionMiddlewareBuilder::marker).
#[derive(Debug)]
pub enum Visitor {}

/// The visitor's session.
///
/// A handler gets it as an argument, which is what loads it: one query, once a request, whoever
/// asks first. Every verb after that is synchronous and touches memory only; what they did is saved
/// together when the handler returns, before the response goes out.
///
/// ```
/// use actix_pg_session::Session;
/// use actix_web::{HttpResponse, Result};
///
/// async fn visit(session: Session) -> Result<HttpResponse> {
///     session.update_or("visits", 1_u32, |n| n + 1)?;
///     let visits: Option<u32> = session.get("visits")?;
///     Ok(HttpResponse::Ok().body(format!("visit {}", visits.unwrap_or(1))))
/// }
/// ```
///
/// Once the response has been sent, verbs answer with an error that
/// [is sealed](SessionError::is_sealed); work that goes on longer takes a [`detach`](Self::detach)ed
/// handle. If the session was ended elsewhere meanwhile, what this request stored is dropped and its
/// cookie is left alone.
///
/// Clones are the same session. It stays on its request's thread: it is not `Send`, and
/// [`Detached`](crate::Detached) is.
pub struct Session<M = Visitor> {
    pub(crate) inner: Rc<Inner>,
    marker: PhantomData<fn() -> M>,
}

/// One loaded session, shared by the clones of its handle and the middleware.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: Arc<Config>,
    pub(crate) arrival: Arrival,
    pub(crate) draft: RefCell<Draft>,
    /// Made once somebody asks for it, or the session moves.
    detached: OnceCell<Detached>,
}

impl Inner {
    pub(crate) fn new(config: Arc<Config>, arrival: Arrival, base: Base) -> Self {
        Self {
            detached: OnceCell::new(),
            draft: RefCell::new(Draft::new(base, &config.options.policy)),
            config,
            arrival,
        }
    }

    /// The handle that follows the session.
    pub(crate) fn detached(&self) -> Detached {
        let id = || self.draft.borrow().live().map(|live| live.id.clone());
        self.detached.get_or_init(|| Detached::new(Arc::clone(&self.config), id())).clone()
    }

    /// The session has this id now, or has ended.
    pub(crate) fn moved_to(&self, id: Option<&SessionId>) {
        let new = || Detached::new(Arc::clone(&self.config), id.cloned());
        self.detached.get_or_init(new).moved_to(id);
    }
}

impl<M> Session<M> {
    pub(crate) fn from_inner(inner: Rc<Inner>) -> Self {
        Self { inner, marker: PhantomData }
    }

    fn read<T>(&self, f: impl FnOnce(&Draft) -> T) -> T {
        f(&self.inner.draft.borrow())
    }

    fn edit<T>(&self, f: impl FnOnce(&mut Edits<'_>) -> T) -> Result<T, SessionError> {
        self.inner.draft.borrow_mut().edit(f)
    }

    pub(crate) fn limit(&self) -> usize {
        self.inner.config.options.max_data_bytes
    }

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// When the value is there but is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, key: impl KeyOf<T>) -> Result<Option<T>, SessionError> {
        let name = key.name();
        self.read(|draft| draft.get(name).map(|raw| decode(name, raw)).transpose())
    }

    /// Whether there is a value of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.read(|draft| draft.get(name).is_some())
    }

    /// All values, as JSON texts.
    pub fn entries(&self) -> BTreeMap<String, String> {
        let data = self.read(Draft::data);
        data.iter().map(|(name, raw)| (name.to_owned(), raw.get().to_owned())).collect()
    }

    /// Stores a value. The same value again is no change.
    ///
    /// Of two requests that store under one name at once, the later wins; under different names,
    /// both do.
    ///
    /// # Errors
    ///
    /// When PostgreSQL could not hold the value ([`Unstorable`](crate::Unstorable)), the session
    /// would grow too large, was destroyed, or is sealed. Nothing has changed then.
    pub fn insert<V: Serialize>(&self, key: impl KeyFor<V>, value: V) -> Result<(), SessionError> {
        let name = key.name();
        let limit = self.limit();
        let raw = self.inner.config.encode(name, &value)?;
        self.edit(|edits| edits.set(name, raw, limit))?
            .map_err(|reason| SessionError::unstorable(name, reason))
    }

    /// Computes a value from the one that is stored, if there is one.
    ///
    /// This is the verb for counters and carts: when another request changed the session in between,
    /// `f` runs again on the fresh value, and no step is lost. So `f` should depend on its argument
    /// alone. Cost: nothing more than an [`insert`](Self::insert), but four statements for each time
    /// that another writer came first.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert), and when the stored value is not a `T`.
    pub fn update<T, F>(&self, key: impl KeyOf<T>, f: F) -> Result<(), SessionError>
    where
        T: Serialize + DeserializeOwned,
        F: FnMut(T) -> T + Send + 'static,
    {
        let name = key.name();
        self.run_step(name, step::if_present(name, self.limit(), f))
    }

    /// Like [`update`](Self::update), but stores `default` when there is no value yet.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn update_or<T, F>(&self, key: impl KeyOf<T>, default: T, f: F) -> Result<(), SessionError>
    where
        T: Serialize + DeserializeOwned,
        F: FnMut(T) -> T + Send + 'static,
    {
        let name = key.name();
        self.run_step(name, step::or_insert(name, &default, self.limit(), f)?)
    }

    /// Runs a step now, and keeps it for the case that another writer comes first.
    pub(crate) fn run_step(&self, name: &str, mut step: Step) -> Result<(), SessionError> {
        // Says no before the closure runs, if no it is.
        self.edit(|_| ())?;
        self.inner.config.check_name(name)?;
        let limit = self.limit();
        // No borrow is held while the caller's closure runs.
        let before = self.read(|draft| draft.get(name).map(RawValue::to_owned));
        match step(before.as_deref())? {
            Some(value) => self
                .edit(|edits| edits.derive(name, step, value, limit))?
                .map_err(|reason| SessionError::unstorable(name, reason)),
            None => Ok(()),
        }
    }

    /// Takes a value out, and answers its JSON.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn remove(&self, name: &str) -> Result<Option<String>, SessionError> {
        let removed = self.edit(|edits| edits.remove(name))?;
        Ok(removed.map(|raw| raw.get().to_owned()))
    }

    /// Takes a value out and answers it.
    ///
    /// It is no lock: two requests at once may both take the value. What must happen once only, such as
    /// a payment, needs a row of its own in the database.
    ///
    /// # Errors
    ///
    /// As [`remove`](Self::remove), and when the value is not a `T`; it stays then.
    pub fn take<T: DeserializeOwned>(&self, key: impl KeyOf<T>) -> Result<Option<T>, SessionError> {
        let name = key.name();
        let Some(value) = self.read(|draft| draft.get(name).map(|raw| decode(name, raw)).transpose())? else {
            return Ok(None);
        };
        self.edit(|edits| edits.remove(name))?;
        Ok(Some(value))
    }

    /// actix-session's name for [`take`](Self::take).
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn remove_as<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SessionError> {
        self.take(name)
    }

    /// Takes all values out. The session, its id and its owner stay.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn clear(&self) -> Result<(), SessionError> {
        self.edit(|edits| edits.clear())
    }
}

impl<M> Clone for Session<M> {
    fn clone(&self) -> Self {
        Self::from_inner(Rc::clone(&self.inner))
    }
}

impl<M> fmt::Debug for Session<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("handle", &self.handle())
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
