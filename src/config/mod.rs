//! The options, their defaults, and the refusal of those that cannot work.

mod accounts;
mod actix_names;
mod builder;
mod check;
mod express;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

#[cfg(feature = "actix-session")]
use crate::compat::ActixSessionCookie;
use crate::cookie::{CookieSpec, Priority, SameSite, Secure};
use crate::error::SessionError;
use crate::events::Feed;
use crate::id::{MAX_ID_LEN, MIN_ID_LEN, RandomnessError, SessionId};
use crate::json::Unstorable;
use crate::keyring::Keyring;
use crate::policy::{Dialect, OnError, OnOutage, Policy, Throttle, Unset};
use crate::proxy::TrustProxy;
use crate::record::Lifetime;
use crate::step;
use crate::store::{ErasedStore, OwnerLimit};
use accounts::{Credentials, Refusal};

pub use builder::SessionMiddlewareBuilder;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Everything that one session middleware knows, built once and shared by all workers.
pub(crate) struct Config {
    pub(crate) store: Arc<dyn ErasedStore>,
    pub(crate) keys: Keyring,
    pub(crate) cookie: CookieSpec,
    pub(crate) options: Options,
    pub(crate) events: Feed,
}

impl Config {
    /// The same with another store, of whose events nobody hears before they are released.
    #[cfg(feature = "postgres")]
    pub(crate) fn on(&self, store: Arc<dyn ErasedStore>) -> Self {
        Self {
            store,
            keys: self.keys.clone(),
            cookie: self.cookie.clone(),
            options: self.options.clone(),
            events: self.events.held(),
        }
    }

    /// JSON of a value that is to stand under `name`, or why it cannot.
    pub(crate) fn encode<V: Serialize + ?Sized>(
        &self,
        name: &str,
        value: &V,
    ) -> Result<Box<RawValue>, SessionError> {
        self.check_name(name)?;
        step::encode(name, value, self.options.max_data_bytes)
    }

    /// Refuses a name under which the store lets nothing stand.
    pub(crate) fn check_name(&self, name: &str) -> Result<(), SessionError> {
        match self.store.reserved_names().contains(&name) {
            true => Err(SessionError::unstorable(name, Unstorable::Reserved)),
            false => Ok(()),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("keys", &self.keys)
            .field("cookie", &self.cookie)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The options as the builder collects them.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// `None`: `__Host-sid` where that is possible, else `sid`.
    pub(crate) name: Option<String>,
    pub(crate) path: String,
    pub(crate) domain: Option<String>,
    pub(crate) secure: Secure,
    pub(crate) http_only: bool,
    pub(crate) same_site: SameSite,
    pub(crate) partitioned: bool,
    pub(crate) priority: Option<Priority>,
    pub(crate) lifetime: Lifetime,
    pub(crate) policy: Policy,
    pub(crate) id_generator: IdGenerator,
    pub(crate) trust_proxy: TrustProxy,
    pub(crate) eager_load: bool,
    pub(crate) on_outage: OnOutage,
    pub(crate) store_timeout: Duration,
    pub(crate) late_grace: Duration,
    pub(crate) max_data_bytes: usize,
    pub(crate) record_client: bool,
    pub(crate) refusal: Refusal,
    pub(crate) per_owner: Option<OwnerLimit>,
    pub(crate) credentials: Option<Credentials>,
    /// Whether `build()` lets pass what express-session does.
    pub(crate) allow_insecure: bool,
    /// A cookie of actix-session's that is read where there is none of ours.
    #[cfg(feature = "actix-session")]
    pub(crate) actix_session: Option<ActixSessionCookie>,
}

/// All defaults, each with its reason.
impl Default for Options {
    fn default() -> Self {
        Self {
            // A browser keeps a `__Host-` cookie from other hosts and from plain HTTP.
            name: None,
            path: "/".into(),
            domain: None,
            // Safe first; a deployment that forgets an option must not lose its sessions to a
            // listener.
            secure: Secure::Always,
            http_only: true,
            same_site: SameSite::Lax,
            partitioned: false,
            priority: None,
            // Two weeks without a visit, a quarter of a year in any case. Sites with more at stake
            // want much less; see NIST SP 800-63B-4 §2.
            lifetime: Lifetime::new(DAY.saturating_mul(14), DAY.saturating_mul(90)),
            policy: Policy {
                dialect: Dialect::Own,
                rolling: false,
                resave: false,
                // Visitors and robots that store nothing cost no row.
                save_uninitialized: false,
                unset: Unset::Keep,
                on_error: OnError::Drop,
                // A page with forty requests is one visit. Five minutes keep "last seen" honest.
                touch: Throttle { ratio: 0.1, at_most: Duration::from_secs(5 * 60) },
            },
            id_generator: IdGenerator::Random(SessionId::generate),
            trust_proxy: TrustProxy::Never,
            // A handler that does not ask costs no query.
            eager_load: false,
            on_outage: OnOutage::Refuse,
            // Longer than any healthy statement, shorter than a visitor's patience.
            store_timeout: Duration::from_secs(5),
            // Long enough for requests that were under way when the id changed.
            late_grace: Duration::from_secs(10),
            // A session is a notepad; files belong elsewhere.
            max_data_bytes: 1 << 20,
            // Device lists need them. Personal data in many countries, so there is a switch.
            record_client: true,
            refusal: Refusal::default(),
            // Whoever signs in on a fifth device need not guess why the first is out.
            per_owner: None,
            credentials: None,
            allow_insecure: false,
            #[cfg(feature = "actix-session")]
            actix_session: None,
        }
    }
}

/// Where new ids come from.
#[derive(Clone)]
pub(crate) enum IdGenerator {
    /// The operating system; what it answers when it has none to give is for a test to say.
    Random(fn() -> Result<SessionId, RandomnessError>),
    Custom(Arc<dyn Fn() -> String + Send + Sync>),
}

impl IdGenerator {
    pub(crate) fn new_id(&self) -> Result<SessionId, SessionError> {
        match self {
            Self::Random(draw) => draw().map_err(SessionError::id_generator),
            Self::Custom(generate) => {
                let id = generate();
                if (MIN_ID_LEN..=MAX_ID_LEN).contains(&id.len()) && !id.contains('\0') {
                    return Ok(SessionId::from_secret(id));
                }
                Err(SessionError::id_generator(format!(
                    "`id_generator` returned {} bytes; an id has {MIN_ID_LEN} to {MAX_ID_LEN}, none of them zero",
                    id.len()
                )))
            }
        }
    }
}

impl fmt::Debug for IdGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Random(_) => "Random",
            Self::Custom(_) => "Custom",
        })
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests;
