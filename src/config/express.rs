//! express-session's defaults, for applications that stand beside an Express one or come from it.

use std::time::Duration;

use super::builder::SessionMiddlewareBuilder;
use super::{DAY, Options};
use crate::cookie::{SameSite, Secure};
use crate::policy::{Dialect, OnError, Policy, Throttle, Unset};
use crate::record::Lifetime;

impl<M: 'static> SessionMiddlewareBuilder<M> {
    /// Behaves as express-session does, with its defaults: the cookie `connect.sid` of path `/`,
    /// `HttpOnly`, not `Secure`, until the browser closes; `resave` and `save_uninitialized` on.
    ///
    /// Options may follow, under the names that express-session has for them; this call replaces all
    /// that stand before it. Give both applications the same ones. What differs from the crate's own
    /// ways besides defaults:
    ///
    /// * The session is loaded with each request and touched by each ([`touch_after`](Self::touch_after)
    ///   makes that rarer).
    /// * The cookie goes out with a new session, when values have changed and the cookie has a
    ///   lifetime, or always ([`rolling`](Self::rolling)). Changing the lifetime alone, or a cookie
    ///   signed with an old secret, is no reason. Its lifetime is an `Expires`.
    /// * Its attributes are those that the session began with, and a `Secure` one is not sent over
    ///   plain HTTP at all.
    /// * Of several cookies of the name the first counts. The path is compared as a prefix.
    /// * A destroyed session leaves its cookie in the browser, and its id is not remembered
    ///   ([`late_grace`](Self::late_grace) zero).
    /// * A failed request saves what it changed ([`on_error`](Self::on_error)).
    ///
    /// What it keeps of ours: an update never inserts, only differences are written, the row is there
    /// before the response, and a broken store is a `503`. `docs/express.md` compares option by option.
    pub fn express_defaults(mut self) -> Self {
        self.options = Options::express();
        self
    }

    /// Lets [`build`](Self::build) pass what express-session lets pass, though browsers will drop the
    /// cookie or somebody may guess the secret: secrets of less than 32 bytes, `SameSite=None` or
    /// `Partitioned` without `Secure`, a name whose prefix promises what the attributes do not keep, a
    /// lifetime of zero. Default: `false`.
    ///
    /// For the time in which an Express application with a short secret is still there.
    pub fn allow_insecure(mut self, yes: bool) -> Self {
        self.options.allow_insecure = yes;
        self
    }
}

impl Options {
    /// The second literal of defaults: express-session's.
    fn express() -> Self {
        Self {
            name: Some("connect.sid".into()),
            secure: Secure::Never,
            same_site: SameSite::Unset,
            // `maxAge: null`. connect-pg-simple keeps such a session for a day without use.
            lifetime: Lifetime { idle: DAY, absolute: None, persistent: false },
            policy: Policy {
                dialect: Dialect::Express,
                rolling: false,
                resave: true,
                save_uninitialized: true,
                unset: Unset::Keep,
                on_error: OnError::Save,
                touch: Throttle { ratio: 0.0, at_most: Duration::ZERO },
            },
            eager_load: true,
            late_grace: Duration::ZERO,
            ..Self::default()
        }
    }
}
