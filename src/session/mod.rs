//! The handle that handlers hold.

mod facts;
mod mid_request;

use std::cell::RefCell;
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
use crate::json::{self, Unstorable};
use crate::key::{KeyFor, KeyOf};
use crate::record::{Lifetime, decode};
use crate::step::{self, Step};

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
/// Clones are the same session.
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
    pub(crate) detached: Detached,
}

impl Inner {
    pub(crate) fn new(config: Arc<Config>, arrival: Arrival, base: Base) -> Self {
        let id = match &base {
            Base::Live(live) => Some(live.id.clone()),
            Base::Fresh | Base::Late(_) => None,
        };
        Self {
            detached: Detached::new(Arc::clone(&config), id),
            config,
            arrival,
            draft: RefCell::new(Draft::new(base)),
        }
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

    // Values.

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
        let raw = step::encode(name, &value, limit)?;
        self.edit(|edits| edits.set(name, raw, limit))?
            .map_err(|reason| SessionError::unstorable(name, reason))
    }

    /// Computes a value from the one that is stored, if there is one.
    ///
    /// This is the verb for counters and carts: when another request changed the session in between,
    /// `f` runs again on the fresh value, and no step is lost. So `f` should depend on its argument
    /// alone. Cost: nothing more than an [`insert`](Self::insert), but three statements for each time
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

    // Life.

    /// Gives the session a new id, and keeps everything else. The old id is dead before the response
    /// goes out.
    ///
    /// Call it whenever what the visitor may do grows; [`login`](Self::login) includes it.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn renew(&self) -> Result<(), SessionError> {
        self.edit(|edits| edits.renew())
    }

    /// Begins a new, empty session in place of this one; express's `regenerate`.
    ///
    /// # Errors
    ///
    /// When the session is sealed.
    pub fn regenerate(&self) -> Result<(), SessionError> {
        self.inner.draft.borrow_mut().begin(None)
    }

    /// Signs `owner` in: a new id, a new lifetime, `authenticated_at` now. Values are kept, so a
    /// cart survives; unless somebody else was signed in, whose values are dropped.
    ///
    /// The old id is dead before the response goes out, so an id that an attacker planted is worth
    /// nothing (OWASP ASVS 5.0 §7.2.4). Nobody is signed in when the handler fails; see
    /// [`OnError`](crate::OnError).
    ///
    /// # Errors
    ///
    /// When the session is sealed, or `owner` holds U+0000 or more than 1024 bytes.
    pub fn login(&self, owner: impl Into<String>) -> Result<(), SessionError> {
        let owner = owner.into();
        check_owner(&owner).map_err(|reason| SessionError::unstorable("owner", reason))?;
        self.inner.draft.borrow_mut().begin(Some(owner))
    }

    /// Signs out: [`purge`](Self::purge) under the name that belongs to [`login`](Self::login).
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub fn logout(&self) -> Result<(), SessionError> {
        self.purge()
    }

    /// Ends the session, here and in the browser. Twice is once.
    ///
    /// # Errors
    ///
    /// When the session is sealed.
    pub fn purge(&self) -> Result<(), SessionError> {
        self.inner.draft.borrow_mut().destroy()
    }

    /// express-session's name for [`purge`](Self::purge).
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub fn destroy(&self) -> Result<(), SessionError> {
        self.purge()
    }

    /// What express does on `req.session = null`: drops this request's changes, and the session too
    /// under [`Unset::Destroy`](crate::Unset::Destroy). Verbs that follow are refused, as after
    /// [`purge`](Self::purge), which is itself still carried out.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn unset(&self) -> Result<(), SessionError> {
        self.edit(|edits| edits.unset())
    }

    /// Counts this request as use of the session even if no [touch](crate::SessionMiddlewareBuilder::touch_after)
    /// is due. Cost: one statement. If it fails, that is logged and the page served.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn touch(&self) -> Result<(), SessionError> {
        self.edit(|edits| edits.touch())
    }

    /// Gives this session a lifetime of its own: "remember me". The absolute part counts from the
    /// session's beginning; with a [`login`](Self::login) in the same request that is now.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn set_lifetime(&self, lifetime: Lifetime) -> Result<(), SessionError> {
        self.edit(|edits| edits.set_lifetime(lifetime.clamped()))
    }
}

/// Refuses what the column, or the index on it, could not hold.
fn check_owner(owner: &str) -> Result<(), Unstorable> {
    const LONGEST: usize = 1024;
    if owner.len() > LONGEST {
        return Err(Unstorable::TooLarge { limit: LONGEST });
    }
    json::check_name(owner)
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
