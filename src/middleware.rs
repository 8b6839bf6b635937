//! The middleware: puts a session within reach of the handler, and saves it before the reply goes.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

use actix_service::{Service, Transform, forward_ready};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage as _, HttpRequest};
use futures_util::FutureExt as _;
use futures_util::future::{Either, LocalBoxFuture};
use tokio::sync::OnceCell;

use crate::arrival::Arrival;
use crate::config::{Config, SessionMiddlewareBuilder};
use crate::draft::Base;
use crate::error::SessionError;
use crate::events::SessionEvents;
use crate::keyring::Keyring;
use crate::policy::OnOutage;
use crate::reply::{self, Failed};
use crate::session::{Inner, Session, Visitor};
use crate::store::SessionStore;
use crate::telemetry;

/// Sessions for an actix application.
///
/// Build it once, outside the closure that makes the `App`, and clone it into each:
///
/// ```
/// use actix_pg_session::{MemoryStore, Session, SessionMiddleware};
/// use actix_web::{App, HttpResponse, web};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = "thirty-two bytes of randomness, or more";
/// let sessions = SessionMiddleware::builder(MemoryStore::new(), secret).build()?;
/// let app = move || {
///     App::new()
///         .wrap(sessions.clone())
///         .route("/", web::get().to(async |session: Session| match session.owner() {
///             Some(name) => HttpResponse::Ok().body(format!("Hello {name}")),
///             None => HttpResponse::Ok().body("Hello stranger"),
///         }))
/// };
/// # let _ = app();
/// # Ok(())
/// # }
/// ```
///
/// # What it does
///
/// For a request that no handler asks a session of: nothing, no query, no header. For others it
/// saves what changed before the response's head goes out, sets the cookie if it must, and adds
/// `Vary: Cookie`, and `Cache-Control: no-store` beside a `Set-Cookie`. When the save fails the
/// response is replaced by a `503`. A touch is no save: when that fails, it is logged.
pub struct SessionMiddleware<M = Visitor> {
    config: Arc<Config>,
    marker: PhantomData<fn() -> M>,
}

impl SessionMiddleware {
    /// Begins a configuration: sessions kept in `store`, cookies signed by the first of `keys`.
    pub fn builder(store: impl SessionStore, keys: impl Into<Keyring>) -> SessionMiddlewareBuilder {
        SessionMiddlewareBuilder::new(Arc::new(store), keys.into())
    }
}

impl<M> SessionMiddleware<M> {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self { config, marker: PhantomData }
    }

    /// What happens to sessions from now on: sign-ins, renewals, ends and why. For metrics, or a mail to
    /// whoever was signed in from a new device.
    ///
    /// Events are told after they are durable, and nobody who listens can hold a request up, or make it fail:
    /// who is more than a thousand events late misses some, and is told how many. A line that must not be
    /// missing belongs into the transaction of the sign-in ([`Session::commit`]). Cost: nothing while nobody
    /// listens.
    ///
    /// Only what this middleware and its clones do is told, in this process. Sessions that expire, or are
    /// deleted in psql, end without a word; how many have expired, [`Pruner::next_round`] tells.
    ///
    /// [`Pruner::next_round`]: crate::Pruner::next_round
    pub fn events(&self) -> SessionEvents {
        self.config.events.listen()
    }

    #[cfg(any(feature = "bench-internals", feature = "fuzz-internals"))]
    pub(crate) fn config(&self) -> &Arc<Config> {
        &self.config
    }
}

impl<M> Clone for SessionMiddleware<M> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.config))
    }
}

impl<M> fmt::Debug for SessionMiddleware<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionMiddleware").field(&self.config).finish()
    }
}

impl<S, B, M> Transform<S, ServiceRequest> for SessionMiddleware<M>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
    M: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = SessionService<S, M>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(SessionService {
            service: Rc::new(service),
            config: Arc::clone(&self.config),
            marker: PhantomData,
        }))
    }
}

/// The service that [`SessionMiddleware`] makes of another.
pub struct SessionService<S, M> {
    service: Rc<S>,
    config: Arc<Config>,
    marker: PhantomData<fn() -> M>,
}

impl<S, M> fmt::Debug for SessionService<S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionService").finish_non_exhaustive()
    }
}

impl<S, B, M> Service<ServiceRequest> for SessionService<S, M>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
    M: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let visit = Rc::new(Visit::new(Arc::clone(&self.config), request.path()));
        request.extensions_mut().insert(Seat::<M> { visit: Rc::clone(&visit), marker: PhantomData });
        let service = Rc::clone(&self.service);
        Box::pin(async move {
            if visit.is_covered && visit.config.options.eager_load {
                // Apart, since most requests have no use for the room that this takes.
                let loaded = Box::pin(Rc::clone(&visit).load(request.request())).await;
                if let Err(error) = loaded {
                    return Ok(reply::refuse(request, &error));
                }
            }
            // The panic goes on afterwards, so nobody sees what it may have left half done.
            match AssertUnwindSafe(service.call(request)).catch_unwind().await {
                Ok(Ok(response)) => Ok(reply::finish(&visit, response).await),
                Ok(Err(error)) => Err(reply::finish_error(&visit, error).await),
                Err(panic) => {
                    reply::finish_panic(&visit).await;
                    resume_unwind(panic)
                }
            }
        })
    }
}

/// One request's place for a session, and the session once somebody has asked.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) config: Arc<Config>,
    /// Whether the request is within the cookie's path.
    is_covered: bool,
    loaded: OnceCell<Rc<Inner>>,
    load_failed: Cell<bool>,
}

impl Visit {
    fn new(config: Arc<Config>, path: &str) -> Self {
        Self {
            is_covered: config.cookie.covers(path),
            config,
            loaded: OnceCell::new(),
            load_failed: Cell::new(false),
        }
    }

    pub(crate) fn session(&self) -> Option<&Rc<Inner>> {
        self.loaded.get()
    }

    /// What went wrong that the reply must not hide.
    pub(crate) fn failure(&self) -> Option<Failed> {
        let refuse = self.config.options.on_outage == OnOutage::Refuse;
        (self.load_failed.get() && refuse).then_some(Failed::Load)
    }

    /// The session, loaded by whoever asks first. The request is read before anything is awaited. Where there is
    /// nothing to wait for, because the request brings nothing to look up or somebody has asked before, it is
    /// there at once.
    pub(crate) fn load(
        self: Rc<Self>,
        request: &HttpRequest,
    ) -> Either<Ready<LoadedVisit>, impl Future<Output = LoadedVisit> + use<>> {
        if !self.is_covered {
            return Either::Left(ready(Err(SessionError::other_path())));
        }
        if let Some(inner) = self.loaded.get() {
            return Either::Left(ready(Ok(Rc::clone(inner))));
        }
        let arrival = Arrival::read(&self.config, request);
        if arrival.has_nothing_to_look_up() {
            let inner = Rc::new(Inner::new(Arc::clone(&self.config), arrival, Base::Fresh));
            // Nobody else can be at it: with the same cookies, they would not have waited either.
            let _ = self.loaded.set(Rc::clone(&inner));
            return Either::Left(ready(Ok(inner)));
        }
        Either::Right(self.look_up(arrival))
    }

    async fn look_up(self: Rc<Self>, arrival: Arrival) -> LoadedVisit {
        let loaded = self.loaded.get_or_try_init(|| self.find(arrival)).await.cloned();
        loaded.inspect_err(|error| {
            if !self.load_failed.replace(true) {
                telemetry::failed(error);
            }
        })
    }

    async fn find(&self, mut arrival: Arrival) -> LoadedVisit {
        // Whoever asks next neither waits for the same answer nor is told another one.
        if self.load_failed.get() {
            return Err(Failed::Load.into_error());
        }
        let base = arrival.resolve(&self.config).await?;
        Ok(Rc::new(Inner::new(Arc::clone(&self.config), arrival, base)))
    }
}

type LoadedVisit = Result<Rc<Inner>, SessionError>;

/// Where a request keeps its [`Visit`], one for each marker.
pub(crate) struct Seat<M> {
    visit: Rc<Visit>,
    marker: PhantomData<fn() -> M>,
}

impl<M: 'static> Seat<M> {
    /// Finds the visit that the middleware of this marker has prepared.
    pub(crate) fn of(extensions: &actix_web::dev::Extensions) -> Result<Rc<Visit>, SessionError> {
        let seat = extensions.get::<Self>();
        seat.map(|seat| Rc::clone(&seat.visit)).ok_or_else(SessionError::not_configured)
    }

    /// The session, if it is loaded.
    pub(crate) fn loaded(extensions: &actix_web::dev::Extensions) -> Result<Session<M>, SessionError> {
        let visit = Self::of(extensions)?;
        if !visit.is_covered {
            return Err(SessionError::other_path());
        }
        let inner = visit.session().cloned().ok_or_else(SessionError::not_loaded)?;
        Ok(Session::from_inner(inner))
    }
}
