//! Cookies, from the header to the ids that are looked up.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{COOKIE, HeaderValue};
use actix_web::test::TestRequest;

#[cfg(feature = "actix-session")]
use crate::ActixSessionCookie;
use crate::arrival::Arrival;
use crate::config::Config;
use crate::session::csrf;
use crate::{
    ConfigError, CookieAttributes, Keyring, MemoryStore, SessionId, SessionMiddleware,
    SessionMiddlewareBuilder,
};

/// A middleware, as far as it reads requests.
#[derive(Clone, Debug)]
pub struct Reader(Arc<Config>);

/// What a request brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// Ids that are believed, each with whether an old secret signed it, in the order of the request.
    pub ids: Vec<(String, bool)>,
    /// Whether there was a cookie of our name at all.
    pub presented: bool,
}

impl Reader {
    /// Of the cookie `sid`, signed by the first of the secrets.
    ///
    /// # Errors
    ///
    /// When a secret is too short.
    pub fn new(secrets: &[&str]) -> Result<Self, ConfigError> {
        Self::built(builder(secrets).secure(false).name("sid"))
    }

    /// As Express reads it: the first cookie of the name counts.
    ///
    /// # Errors
    ///
    /// When a secret is too short.
    pub fn of_express(secrets: &[&str]) -> Result<Self, ConfigError> {
        Self::built(builder(secrets).express_defaults().name("sid"))
    }

    /// With actix-session's cookie where there is none of ours.
    ///
    /// # Errors
    ///
    /// When a secret is too short.
    #[cfg(feature = "actix-session")]
    pub fn of_actix_session(secrets: &[&str], cookie: ActixSessionCookie) -> Result<Self, ConfigError> {
        Self::built(builder(secrets).secure(false).name("sid").accept_actix_session(cookie))
    }

    fn built(builder: SessionMiddlewareBuilder) -> Result<Self, ConfigError> {
        Ok(Self(Arc::clone(builder.build()?.config())))
    }

    /// Reads these `Cookie` lines. One that could be no line of a request is left out, as the server would
    /// have refused the request.
    #[must_use]
    pub fn read(&self, lines: &[&[u8]]) -> Arrived {
        let mut request = TestRequest::default();
        for line in lines {
            if let Ok(line) = HeaderValue::from_bytes(line) {
                request = request.append_header((COOKIE, line));
            }
        }
        let arrival = Arrival::read(&self.0, &request.to_http_request());
        Arrived { ids: arrival.believed(), presented: arrival.presented }
    }

    /// The `Set-Cookie` of a session that has attributes of its own, if there can be one.
    #[must_use]
    pub fn set_cookie(&self, attributes: &CookieAttributes, left: Option<Duration>) -> Option<HeaderValue> {
        self.0.cookie.set("value", left, attributes).ok()
    }

    /// And that which takes the cookie away.
    #[must_use]
    pub fn removal(&self, attributes: &CookieAttributes) -> Option<HeaderValue> {
        self.0.cookie.removal(attributes).ok()
    }
}

fn builder(secrets: &[&str]) -> SessionMiddlewareBuilder {
    SessionMiddleware::builder(MemoryStore::new(), secrets.to_vec())
}

/// A keyring, with what is private about it.
#[derive(Clone, Debug)]
pub struct Keys(Keyring);

impl Keys {
    /// The first signs, all verify.
    #[must_use]
    pub fn new(secrets: &[&str]) -> Self {
        Self(Keyring::from(secrets.to_vec()))
    }

    /// The value of an id's cookie, percent-encoded.
    #[must_use]
    pub fn sign(&self, id: &str) -> String {
        self.0.sign(&SessionId::from_secret(id))
    }

    /// The id in a cookie's value and whether an old secret has signed it, if one has.
    #[must_use]
    pub fn verify(&self, value: &[u8]) -> Option<(String, bool)> {
        let verified = self.0.verify(value).ok()?;
        Some((verified.id.expose().to_owned(), verified.signed_with_old_key))
    }
}

/// Tokens against forged requests, of one session.
#[derive(Clone, Debug)]
pub struct Tokens {
    keys: Keyring,
    id: SessionId,
}

impl Tokens {
    /// Of the session of this id.
    #[must_use]
    pub fn new(secrets: &[&str], id: &str) -> Self {
        Self { keys: Keyring::from(secrets.to_vec()), id: SessionId::from_secret(id) }
    }

    /// The token that is covered with these bytes.
    #[must_use]
    pub fn token(&self, cover: [u8; 32]) -> String {
        csrf::token(&self.keys, &self.id, cover)
    }

    /// Whether it is one.
    #[must_use]
    pub fn is_one(&self, token: &str) -> bool {
        csrf::is_token(&self.keys, &self.id, token)
    }
}
