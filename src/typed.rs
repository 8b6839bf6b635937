//! One struct under one key, as an extractor.

use std::fmt;
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::SessionError;
use crate::key::Key;
use crate::session::{Session, Visitor};
use crate::step;

/// A struct that lives in the session under a name of its own.
///
/// ```
/// use actix_pg_session::{SessionValue, Typed};
/// use actix_web::{HttpResponse, Result};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Default, Serialize, Deserialize)]
/// struct Cart {
///     items: Vec<String>,
/// }
///
/// impl SessionValue for Cart {
///     const KEY: &'static str = "cart";
/// }
///
/// async fn add(cart: Typed<Cart>) -> Result<HttpResponse> {
///     cart.update(|cart| cart.items.push("a hat".into()))?;
///     Ok(HttpResponse::Ok().body(format!("{} items", cart.get()?.items.len())))
/// }
/// ```
pub trait SessionValue: Serialize + DeserializeOwned + Default + 'static {
    /// The name in the row's `data`.
    const KEY: &'static str;
}

/// A [`SessionValue`] of the visitor's session, as a handler's argument.
///
/// Other names in the session belong to others: two requests that change different structs both
/// succeed, and two that [`update`](Self::update) the same one lose nothing.
pub struct Typed<T, M = Visitor> {
    session: Session<M>,
    value: PhantomData<fn() -> T>,
}

impl<T: SessionValue, M> Typed<T, M> {
    const KEY: Key<T> = Key::new(T::KEY);

    /// The value, or its default when there is none.
    ///
    /// # Errors
    ///
    /// When what is stored is not a `T`.
    pub fn get(&self) -> Result<T, SessionError> {
        Ok(self.session.get(Self::KEY)?.unwrap_or_default())
    }

    /// Changes the value. `f` runs again if another request changed the session in between, so it
    /// should depend on its argument alone; see [`Session::update`].
    ///
    /// # Errors
    ///
    /// As [`Session::update`].
    pub fn update(&self, f: impl FnMut(&mut T) + Send + 'static) -> Result<(), SessionError> {
        let step = step::or_default(T::KEY, self.session.limit(), f);
        self.session.run_step(T::KEY, step)
    }

    /// Replaces the value.
    ///
    /// # Errors
    ///
    /// As [`Session::insert`].
    pub fn set(&self, value: &T) -> Result<(), SessionError> {
        self.session.insert(Self::KEY, value)
    }

    /// Takes the value out.
    ///
    /// # Errors
    ///
    /// As [`Session::remove`].
    pub fn remove(&self) -> Result<(), SessionError> {
        self.session.remove(T::KEY).map(drop)
    }

    /// The session that it is in.
    pub fn session(&self) -> &Session<M> {
        &self.session
    }
}

impl<T: SessionValue, M: 'static> FromRequest for Typed<T, M> {
    type Error = SessionError;
    type Future = LocalBoxFuture<'static, Result<Self, SessionError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let session = Session::<M>::from_request(request, payload);
        session.map(|session| Ok(Self { session: session?, value: PhantomData })).boxed_local()
    }
}

impl<T, M> fmt::Debug for Typed<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Typed").field(&self.session).finish()
    }
}
