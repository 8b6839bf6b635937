//! The errors: of a session's verbs, of a store, and of a configuration.
//!
//! One type each, with private kinds and public questions, so that a new kind breaks nobody.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};

use crate::json::Unstorable;
use crate::telemetry;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a session could not be had, read, changed or saved.
///
/// As a response it has no body, and a status that says no more than it must: a broken store is `503`
/// with `Retry-After`, a value too large is `413`, one that PostgreSQL cannot hold is `422`, a sign-in too many is
/// `409`, a verb for signed-in people is `401` to others, and everything else is a `500`. The log says why.
pub struct SessionError(Kind);

/// The words of [`Display`](fmt::Display). Errors end up in logs this way, and serde's and
/// PostgreSQL's own quote values and keys.
impl fmt::Debug for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

enum Kind {
    NotConfigured,
    NotLoaded,
    OtherPath,
    Sealed,
    Destroyed,
    NotSignedIn,
    Gone,
    Unsupported(&'static str),
    Unstorable { name: String, reason: Unstorable },
    Decode { name: String, wanted: &'static str, at: (usize, usize) },
    IdGenerator(Source),
    Store(StoreError),
}

impl SessionError {
    pub(crate) fn not_configured() -> Self {
        Self(Kind::NotConfigured)
    }

    pub(crate) fn not_loaded() -> Self {
        Self(Kind::NotLoaded)
    }

    pub(crate) fn other_path() -> Self {
        Self(Kind::OtherPath)
    }

    pub(crate) fn sealed() -> Self {
        Self(Kind::Sealed)
    }

    pub(crate) fn destroyed() -> Self {
        Self(Kind::Destroyed)
    }

    pub(crate) fn not_signed_in() -> Self {
        Self(Kind::NotSignedIn)
    }

    /// The session was ended elsewhere.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "only a transaction is lost with its session")
    )]
    pub(crate) fn gone() -> Self {
        Self(Kind::Gone)
    }

    /// The store cannot do that.
    pub(crate) fn unsupported(why: &'static str) -> Self {
        Self(Kind::Unsupported(why))
    }

    pub(crate) fn unstorable(name: &str, reason: Unstorable) -> Self {
        Self(Kind::Unstorable { name: name.to_owned(), reason })
    }

    pub(crate) fn decode<T>(name: &str, source: &serde_json::Error) -> Self {
        let at = (source.line(), source.column());
        Self(Kind::Decode { name: name.to_owned(), wanted: std::any::type_name::<T>(), at })
    }

    pub(crate) fn id_generator(source: impl Into<Source>) -> Self {
        Self(Kind::IdGenerator(source.into()))
    }

    /// The store failed, or did not answer in time; the visitor may try again.
    pub fn is_unavailable(&self) -> bool {
        matches!(&self.0, Kind::Store(error) if !error.is_full())
    }

    /// Nobody is signed in, and the verb is for those who are.
    pub fn is_not_signed_in(&self) -> bool {
        matches!(self.0, Kind::NotSignedIn)
    }

    /// The owner has as many sessions as they may, and nobody was signed in; see
    /// [`sessions_per_owner`](crate::SessionMiddlewareBuilder::sessions_per_owner).
    pub fn is_too_many_sessions(&self) -> bool {
        matches!(&self.0, Kind::Store(error) if error.is_full())
    }

    /// The response has been sent, so this handle changes nothing any more. Take a
    /// [`detach`](crate::Session::detach)ed handle for work that outlives the response.
    pub fn is_sealed(&self) -> bool {
        matches!(self.0, Kind::Sealed)
    }

    /// The session was destroyed, or unset, earlier in the same request.
    pub fn is_destroyed(&self) -> bool {
        matches!(self.0, Kind::Destroyed)
    }

    /// The session was ended elsewhere while this request was at work, so nothing was
    /// [committed](crate::Session::commit).
    pub fn is_gone(&self) -> bool {
        matches!(self.0, Kind::Gone)
    }

    /// The connection broke while a transaction was being [committed](crate::Session::commit): it is not
    /// known whether it was. No cookie is sent for what may not be there.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(&self.0, Kind::Store(error) if error.is_outcome_unknown())
    }

    /// The value does not fit within the session's size limit, or an owner's name within its own.
    pub fn is_too_large(&self) -> bool {
        matches!(self.0, Kind::Unstorable { reason: Unstorable::TooLarge { .. }, .. })
    }

    /// Why the value cannot be stored, if that is what happened. The session is as it was before.
    pub fn unstorable_reason(&self) -> Option<&Unstorable> {
        match &self.0 {
            Kind::Unstorable { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// A stored value was not of the type that was asked for.
    pub fn is_decode(&self) -> bool {
        matches!(self.0, Kind::Decode { .. })
    }

    /// The application's own mistake, which nothing has logged yet and an empty `500` would hide.
    fn is_mistake(&self) -> bool {
        let is_logged = matches!(self.0, Kind::Store(_) | Kind::IdGenerator(_));
        !is_logged && self.status_code() == StatusCode::INTERNAL_SERVER_ERROR
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::NotConfigured => f.write_str(
                "no session here: wrap the App in a SessionMiddleware with the same marker type",
            ),
            Kind::NotLoaded => f.write_str(
                "the session is not loaded yet: extract it, await `SessionExt::session`, or build the middleware with `eager_load(true)`",
            ),
            Kind::OtherPath => f.write_str("no session here: the request is outside the session cookie's path"),
            Kind::Sealed => f.write_str(
                "the response has been sent, so this session can no longer change: use `Session::detach` for later work",
            ),
            Kind::Destroyed => f.write_str(
                "the session was destroyed or unset earlier in this request: call `regenerate` or `login` to begin another",
            ),
            Kind::Gone => f.write_str("the session was ended elsewhere during this request"),
            Kind::NotSignedIn => f.write_str("nobody is signed in"),
            Kind::Unsupported(why) => f.write_str(why),
            Kind::Unstorable { name, reason } => write!(f, "the value for {name:?} was not stored: {reason}"),
            // Only where: serde's words quote the value, and errors end up in logs.
            Kind::Decode { name, wanted, at: (line, column) } => {
                write!(f, "the stored value of {name:?} is not a `{wanted}` (line {line}, column {column})")
            }
            Kind::IdGenerator(source) => write!(f, "no session id could be made: {source}"),
            Kind::Store(source) => write!(f, "the session store failed: {source}"),
        }
    }
}

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Unstorable { reason, .. } => Some(reason),
            Kind::IdGenerator(source) => Some(source.as_ref()),
            Kind::Store(source) => Some(source),
            _ => None,
        }
    }
}

impl From<StoreError> for SessionError {
    fn from(error: StoreError) -> Self {
        match error.0 {
            StoreKind::Unsupported(why) => Self::unsupported(why),
            _ => Self(Kind::Store(error)),
        }
    }
}

impl ResponseError for SessionError {
    fn status_code(&self) -> StatusCode {
        match &self.0 {
            Kind::Store(error) if error.is_full() => StatusCode::CONFLICT,
            Kind::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Gone => StatusCode::CONFLICT,
            Kind::NotSignedIn => StatusCode::UNAUTHORIZED,
            Kind::Unstorable { reason: Unstorable::TooLarge { .. }, .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::Unstorable { reason: Unstorable::Serialize(_), .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::Unstorable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if self.is_mistake() {
            telemetry::misused(self);
        }
        let mut response = HttpResponse::build(self.status_code());
        if self.is_unavailable() {
            response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
        }
        response.finish()
    }
}

/// What a `503` of ours asks the client to wait, in seconds.
const RETRY_AFTER_SECONDS: &str = "1";

/// A store is broken, or did not answer in time. Never: the session is not there.
pub struct StoreError(StoreKind);

/// The words of [`Display`](fmt::Display): PostgreSQL's details quote keys and values. And a `main`
/// that answers with an error prints it this way.
impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

enum StoreKind {
    Collision,
    Full,
    OutcomeUnknown(Source),
    TimedOut,
    Corrupt(Source),
    Unsupported(&'static str),
    Failed(Source),
}

impl StoreError {
    /// The store failed for the reason given.
    pub fn failed(source: impl Into<Source>) -> Self {
        Self(StoreKind::Failed(source.into()))
    }

    /// The store is not made for what was asked of it, and says why. To a visitor this is the application's mistake, a
    /// `500`.
    pub fn unsupported(why: &'static str) -> Self {
        Self(StoreKind::Unsupported(why))
    }

    /// [`create`](crate::SessionStore::create) or [`renew`](crate::SessionStore::renew) was asked
    /// for an id that exists already. The caller draws another.
    pub fn collision() -> Self {
        Self(StoreKind::Collision)
    }

    /// A row is there and cannot be read. It is neither deleted nor taken for absent.
    pub fn corrupt(source: impl Into<Source>) -> Self {
        Self(StoreKind::Corrupt(source.into()))
    }

    /// Whoever signs in has as many sessions as they may.
    pub(crate) fn full() -> Self {
        Self(StoreKind::Full)
    }

    pub(crate) fn is_full(&self) -> bool {
        matches!(self.0, StoreKind::Full)
    }

    /// A commit was sent, and no answer came.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "only a transaction is committed"))]
    pub(crate) fn outcome_unknown(source: impl Into<Source>) -> Self {
        Self(StoreKind::OutcomeUnknown(source.into()))
    }

    fn is_outcome_unknown(&self) -> bool {
        matches!(self.0, StoreKind::OutcomeUnknown(_))
    }

    pub(crate) fn timed_out() -> Self {
        Self(StoreKind::TimedOut)
    }

    /// Whether the id was taken already.
    pub fn is_collision(&self) -> bool {
        matches!(self.0, StoreKind::Collision)
    }

    /// Whether the store did not answer within the deadline. What was asked of it may yet happen.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, StoreKind::TimedOut)
    }

    /// Whether a row is there and cannot be read.
    pub fn is_corrupt(&self) -> bool {
        matches!(self.0, StoreKind::Corrupt(_))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            StoreKind::Collision => f.write_str("the new session id exists already"),
            StoreKind::Full => f.write_str("the owner has as many sessions as they may have"),
            StoreKind::TimedOut => {
                f.write_str("the store did not answer within the deadline (`store_timeout`)")
            }
            StoreKind::OutcomeUnknown(source) => {
                write!(f, "it is not known whether the transaction was committed: {source}")
            }
            StoreKind::Unsupported(why) => f.write_str(why),
            StoreKind::Corrupt(source) => write!(f, "a session's row cannot be read: {source}"),
            StoreKind::Failed(source) => source.fmt(f),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            StoreKind::Corrupt(source) | StoreKind::Failed(source) | StoreKind::OutcomeUnknown(source) => {
                Some(source.as_ref())
            }
            StoreKind::Collision | StoreKind::Full | StoreKind::TimedOut | StoreKind::Unsupported(_) => None,
        }
    }
}

/// A configuration that cannot work, refused once, at boot.
#[derive(PartialEq, Eq)]
pub struct ConfigError(pub(crate) String);

/// The sentence, since a `main` that answers with an error prints it this way.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}
