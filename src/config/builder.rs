//! The builder: one method an option, under express-session's name where it has one.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::{Config, IdGenerator, Options, accounts, check};
use crate::cookie::{Priority, SameSite, Secure};
use crate::error::ConfigError;
use crate::events::Feed;
use crate::keyring::Keyring;
use crate::middleware::SessionMiddleware;
use crate::policy::{Dialect, OnError, OnOutage, Unset};
use crate::proxy::TrustProxy;
use crate::session::Visitor;
use crate::store::ErasedStore;

/// Collects the options of a [`SessionMiddleware`]; [`build`](Self::build) checks them.
#[must_use = "a builder does nothing until `build()`"]
pub struct SessionMiddlewareBuilder<M = Visitor> {
    store: Arc<dyn ErasedStore>,
    keys: Keyring,
    pub(super) options: Options,
    marker: PhantomData<fn() -> M>,
}

impl<M> fmt::Debug for SessionMiddlewareBuilder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionMiddlewareBuilder")
            .field("keys", &self.keys)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl SessionMiddlewareBuilder {
    pub(crate) fn new(store: Arc<dyn ErasedStore>, keys: Keyring) -> Self {
        Self { store, keys, options: Options::default(), marker: PhantomData }
    }
}

impl<M: 'static> SessionMiddlewareBuilder<M> {
    /// Makes this a session of its own, beside others in the same application.
    ///
    /// Handlers extract it as `Session<N>`. Give it a cookie [`name`](Self::name) or a
    /// [`path`](Self::path) of its own; see `examples/two_sessions.rs`. Its cookies are signed by
    /// secrets derived from the given ones for this name and path, so that no visitor's cookie passes
    /// for an administrator's. They are no cookies of express-session for that reason.
    pub fn marker<N: 'static>(self) -> SessionMiddlewareBuilder<N> {
        SessionMiddlewareBuilder {
            store: self.store,
            keys: self.keys,
            options: self.options,
            marker: PhantomData,
        }
    }

    /// The cookie's name. Default: `__Host-sid` when the cookie is always secure, of path `/` and of
    /// no domain; else `sid`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// How long a session lives without use; also the cookie's `Max-Age`. Default: 14 days.
    ///
    /// A single session may differ: [`Session::set_lifetime`](crate::Session::set_lifetime). After
    /// [`express_defaults`](Self::express_defaults) it also makes the browser keep the cookie when it
    /// closes, as `cookie.maxAge` does.
    #[doc(alias = "idle_timeout")]
    #[doc(alias = "session_ttl")]
    pub fn max_age(mut self, idle: Duration) -> Self {
        self.options.lifetime.idle = idle;
        self.options.lifetime.persistent |= self.options.policy.dialect == Dialect::Express;
        self
    }

    /// How long a session lives however busy it is; `None` for no such limit. Default: 90 days.
    pub fn absolute_lifetime(mut self, absolute: impl Into<Option<Duration>>) -> Self {
        self.options.lifetime.absolute = absolute.into();
        self
    }

    /// Sends the cookie without `Max-Age`, so that browsers drop it when they close; express's
    /// `maxAge: null`. Default: `false`. The row lives as [`max_age`](Self::max_age) says.
    pub fn browser_session(mut self, yes: bool) -> Self {
        self.options.lifetime.persistent = !yes;
        self
    }

    /// Touches the session and sends the cookie with every response that used the session. Default:
    /// `false`, once in a while; see [`touch_after`](Self::touch_after).
    ///
    /// Cost: one statement for each request that asks for the session.
    pub fn rolling(mut self, yes: bool) -> Self {
        self.options.policy.rolling = yes;
        self
    }

    /// Saves an existing session also when nothing changed. Default: `false`; there is no reason to,
    /// as only differences are written.
    pub fn resave(mut self, yes: bool) -> Self {
        self.options.policy.resave = yes;
        self
    }

    /// Creates a row for a new session in which nothing was stored, when a handler asked for it.
    /// Default: `false`; with `true` every robot costs a row.
    pub fn save_uninitialized(mut self, yes: bool) -> Self {
        self.options.policy.save_uninitialized = yes;
        self
    }

    /// What [`Session::unset`](crate::Session::unset) does. Default: [`Unset::Keep`].
    pub fn unset(mut self, unset: Unset) -> Self {
        self.options.policy.unset = unset;
        self
    }

    /// What becomes of changes when the handler fails. Default: [`OnError::Drop`].
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.options.policy.on_error = on_error;
        self
    }

    /// When reading counts as use: the row's idle time starts anew, at the cost of one statement,
    /// when this part of it has passed, or `at_most` at the latest. Default: a tenth, five minutes.
    ///
    /// The row's `seen_at` is exact to within this. A session can end earlier than promised by this
    /// much, never later. A touch that fails is logged and the page served: a database that takes no
    /// writes for a while can still be read.
    pub fn touch_after(mut self, part_of_idle: f64, at_most: Duration) -> Self {
        self.options.policy.touch.ratio = part_of_idle;
        self.options.policy.touch.at_most = at_most;
        self
    }

    /// When the cookie is `Secure`. Default: [`Secure::Always`].
    pub fn secure(mut self, secure: impl Into<Secure>) -> Self {
        self.options.secure = secure.into();
        self
    }

    /// Whose forwarding headers are believed; `true` for everybody's. Default: nobody's.
    pub fn trust_proxy(mut self, trust: impl Into<TrustProxy>) -> Self {
        self.options.trust_proxy = trust.into();
        self
    }

    /// Which requests from other sites carry the cookie. Default: [`SameSite::Lax`].
    ///
    /// [`SameSite::Strict`] withholds it also from the page that a link on another site leads to, and such a request
    /// looks like a newcomer's. If that page stores something, a session begins, and its cookie takes the place of the one
    /// that was withheld: the visitor is signed out. So let pages that links lead to only read, or keep two
    /// sessions, by [`marker`](Self::marker): a lax one for what every page stores, and a strict one for who is
    /// signed in.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.options.same_site = same_site;
        self
    }

    /// Keeps the cookie from scripts. Default: `true`, and there is hardly a reason to change it.
    pub fn http_only(mut self, yes: bool) -> Self {
        self.options.http_only = yes;
        self
    }

    /// The cookie's path. Default: `/`. Requests outside it have no session: extracting one is an
    /// error, `Option<Session>` is `None`, and no cookie is touched.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.options.path = path.into();
        self
    }

    /// The domain whose hosts all get the cookie. Default: none, only the host that set it.
    pub fn domain(mut self, domain: impl Into<Option<String>>) -> Self {
        self.options.domain = domain.into();
        self
    }

    /// Keeps a separate cookie for each top-level site that embeds this one (CHIPS). Default:
    /// `false`.
    pub fn partitioned(mut self, yes: bool) -> Self {
        self.options.partitioned = yes;
        self
    }

    /// Which cookies Chromium drops first. Default: not said.
    pub fn priority(mut self, priority: impl Into<Option<Priority>>) -> Self {
        self.options.priority = priority.into();
        self
    }

    /// Makes the ids; express's `genid`. Default: 256 bits from the operating system.
    ///
    /// An id is a secret of 32 to 256 bytes that nobody can guess: at least 192 bits of it from a
    /// cryptographic generator. Anything shorter or longer is an error, and the request a `500`.
    #[doc(alias = "genid")]
    pub fn id_generator(mut self, generate: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.options.id_generator = IdGenerator::Custom(Arc::new(generate));
        self
    }

    /// Loads the session before the handler runs, whether or not it will ask; for guards and other
    /// code that cannot wait. Default: `false`. Cost: one query for each request with a cookie of ours.
    pub fn eager_load(mut self, yes: bool) -> Self {
        self.options.eager_load = yes;
        self
    }

    /// What visitors meet when the store is broken. Default: [`OnOutage::Refuse`], a `503`.
    pub fn on_outage(mut self, on_outage: OnOutage) -> Self {
        self.options.on_outage = on_outage;
        self
    }

    /// How long one call to the store may take before it counts as broken. Default: 5 seconds. What
    /// was asked may still happen afterwards. A request with several calls, to load, save and save
    /// again, can take several times that.
    pub fn store_timeout(mut self, deadline: Duration) -> Self {
        self.options.store_timeout = deadline;
        self
    }

    /// For how long an id that was renewed or signed out is recognised as a late request's, which
    /// neither acts as the session nor overwrites the browser's new cookie. Default: 10 seconds;
    /// zero turns it off.
    pub fn late_grace(mut self, grace: Duration) -> Self {
        self.options.late_grace = grace;
        self
    }

    /// The largest session, in bytes of JSON. Default: 1 MiB. A value that does not fit is refused
    /// by the verb that stores it. Each request looks at itself, so two at once can exceed it together.
    pub fn max_data_bytes(mut self, bytes: usize) -> Self {
        self.options.max_data_bytes = bytes;
        self
    }

    /// Keeps the visitor's address and `User-Agent` with a new session and at each sign-in, for
    /// device lists. Default: `true`. They are personal data in many countries.
    pub fn record_client(mut self, yes: bool) -> Self {
        self.options.record_client = yes;
        self
    }

    /// Checks the options together.
    ///
    /// # Errors
    ///
    /// A sentence that says which options cannot work together and why. The store is not asked, and an
    /// [`id_generator`](Self::id_generator) not tried.
    pub fn build(self) -> Result<SessionMiddleware<M>, ConfigError> {
        let cookie = check::check(&self.keys, &self.options)?;
        accounts::check_limit(&*self.store, self.options.per_owner)?;
        let is_marked = TypeId::of::<M>() != TypeId::of::<Visitor>();
        Ok(SessionMiddleware::new(Arc::new(Config {
            store: self.store,
            // No id holds a zero, so nothing that signs an id is also such a secret.
            keys: if is_marked {
                self.keys.derived(&format!("marker\0{}\0{}", cookie.name, cookie.path))
            } else {
                self.keys
            },
            cookie,
            options: self.options,
            events: Feed::new(),
        })))
    }
}
