//! The rules by which a finished request becomes a write and a cookie.

use std::time::Duration;

/// Whose habits a session follows where the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// This crate's.
    #[default]
    Own,
    /// express-session's, to the letter: an application of either kind can take the other's place.
    Express,
}

/// What the builder's options say about saving; read by [`decide`](crate::decide::decide).
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) dialect: Dialect,
    pub(crate) rolling: bool,
    pub(crate) resave: bool,
    pub(crate) save_uninitialized: bool,
    pub(crate) unset: Unset,
    pub(crate) on_error: OnError,
    pub(crate) touch: Throttle,
}

/// How often a session that is only read is touched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throttle {
    /// The part of the idle time that must have passed.
    pub(crate) ratio: f64,
    /// The longest wait, however long the idle time.
    pub(crate) at_most: Duration,
}

impl Throttle {
    /// Whether a session with this idle time, last seen so long ago, is due.
    pub(crate) fn is_due(self, idle: Duration, since_seen: Duration) -> bool {
        since_seen >= idle.mul_f64(self.ratio).min(self.at_most)
    }
}

/// What becomes of a session that a handler has [`unset`](crate::Session::unset).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unset {
    /// This request's changes are dropped; the session stays as it was.
    #[default]
    Keep,
    /// The session is destroyed.
    Destroy,
}

/// What becomes of a session's changes when the handler fails: a `5xx`, or an `Err` that reaches
/// the middleware.
///
/// A new id and a destruction are enacted either way. They are about safety, and a request that
/// failed half way is no reason to leave an old id alive. After a panic, which leaves no response to
/// carry a cookie, only a destruction is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// They are dropped, and nobody is signed in by the failed request.
    #[default]
    Drop,
    /// They are saved, as on success.
    Save,
}

/// What a visitor meets when the store is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnOutage {
    /// `503` with `Retry-After`. Nobody is taken for anonymous who may be signed in.
    #[default]
    Refuse,
    /// The page, as to an anonymous visitor; what the handler stores is dropped with an error event.
    /// Only a sign-out is still a `503`: nobody is told that they are out while they are not.
    /// For sites where reading matters more than being recognised.
    Anonymous,
}
