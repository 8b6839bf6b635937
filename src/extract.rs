//! Ways to a session from a request: as a handler's argument, or from code that holds the request.

use std::future::{Future, Ready, ready};

use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::guard::GuardContext;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::FutureExt as _;
use futures_util::future::{Either, LocalBoxFuture};

use crate::error::SessionError;
use crate::middleware::Seat;
use crate::session::{Session, Visitor};

/// Loads the session, unless somebody did. Cost: one query, once a request.
///
/// `Option<Session>` is `None` where there is no session to be had: outside the cookie's path, or
/// without the middleware. It is also `None` while the store is broken, because actix drops the
/// error; the response then becomes a `503` in spite of the handler, so that nobody who is signed
/// in is served as a stranger.
impl<M: 'static> FromRequest for Session<M> {
    type Error = SessionError;
    type Future = LocalBoxFuture<'static, Result<Self, SessionError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        match load(request) {
            Either::Left(ready) => Box::pin(ready),
            Either::Right(loading) => Box::pin(loading),
        }
    }
}

type Loaded<M> = Result<Session<M>, SessionError>;

/// Reads what it needs of the request at once, so that the future holds no request: actix cannot
/// route a request of which somebody keeps a clone.
pub(crate) fn load<M: 'static>(
    request: &HttpRequest,
) -> Either<Ready<Loaded<M>>, impl Future<Output = Loaded<M>> + use<M>> {
    let visit = match Seat::<M>::of(&request.extensions()) {
        Ok(visit) => visit,
        Err(error) => return Either::Left(ready(Err(error))),
    };
    match visit.load(request) {
        Either::Left(there) => Either::Left(ready(there.into_inner().map(Session::from_inner))),
        Either::Right(loading) => Either::Right(loading.map(|there| there.map(Session::from_inner))),
    }
}

/// The session of anything that holds a request: for middlewares, guards and helpers.
///
/// The methods ending in `_of` are for sessions with a marker type.
pub trait SessionExt {
    /// The session, if it has been loaded: by an extractor, by [`LoadSession::session`], or by
    /// [`eager_load`](crate::SessionMiddlewareBuilder::eager_load).
    ///
    /// # Errors
    ///
    /// When it is not loaded, or there is none to be had.
    fn get_session(&self) -> Result<Session, SessionError> {
        self.get_session_of::<Visitor>()
    }

    /// [`get_session`](Self::get_session) of a marker's session.
    ///
    /// # Errors
    ///
    /// As [`get_session`](Self::get_session).
    fn get_session_of<M: 'static>(&self) -> Result<Session<M>, SessionError>;
}

/// Loading the session from code that holds a whole request and can wait.
pub trait LoadSession: SessionExt {
    /// The session, loaded now if nobody did. Cost: one query, once a request.
    ///
    /// # Errors
    ///
    /// When the store failed, or there is none to be had.
    fn session(&self) -> impl Future<Output = Result<Session, SessionError>> {
        self.session_of::<Visitor>()
    }

    /// [`session`](Self::session) of a marker's session.
    ///
    /// # Errors
    ///
    /// As [`session`](Self::session).
    fn session_of<M: 'static>(&self) -> impl Future<Output = Result<Session<M>, SessionError>>;
}

impl SessionExt for HttpRequest {
    fn get_session_of<M: 'static>(&self) -> Result<Session<M>, SessionError> {
        Seat::<M>::loaded(&self.extensions())
    }
}

impl LoadSession for HttpRequest {
    fn session_of<M: 'static>(&self) -> impl Future<Output = Result<Session<M>, SessionError>> {
        load(self)
    }
}

impl SessionExt for ServiceRequest {
    fn get_session_of<M: 'static>(&self) -> Result<Session<M>, SessionError> {
        Seat::<M>::loaded(&self.extensions())
    }
}

impl LoadSession for ServiceRequest {
    fn session_of<M: 'static>(&self) -> impl Future<Output = Result<Session<M>, SessionError>> {
        load(self.request())
    }
}

impl<B> SessionExt for ServiceResponse<B> {
    fn get_session_of<M: 'static>(&self) -> Result<Session<M>, SessionError> {
        Seat::<M>::loaded(&self.request().extensions())
    }
}

impl SessionExt for GuardContext<'_> {
    fn get_session_of<M: 'static>(&self) -> Result<Session<M>, SessionError> {
        Seat::<M>::loaded(&self.req_data())
    }
}
