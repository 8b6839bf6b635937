//! actix-session's cookie, read by our middleware, so that a change of imports signs nobody out.

use std::fmt;

use actix_web::HttpRequest;
use actix_web::cookie::{CookieJar, Key};

use crate::id::{MAX_ID_LEN, SessionId};
use crate::keyring::{Refused, Verified};
use crate::telemetry;

/// The cookie that actix-session has set, for
/// [`accept_actix_session`](crate::SessionMiddlewareBuilder::accept_actix_session).
#[derive(Clone)]
pub struct ActixSessionCookie {
    name: String,
    key: Key,
    security: Security,
}

#[derive(Clone, Copy, Debug)]
enum Security {
    Encrypted,
    Signed,
}

impl ActixSessionCookie {
    /// An encrypted cookie, which is actix-session's default (`CookieContentSecurity::Private`), under the name
    /// and the key that its middleware had. Its default name is `id`.
    pub fn private(name: impl Into<String>, key: Key) -> Self {
        Self { name: name.into(), key, security: Security::Encrypted }
    }

    /// A signed cookie (`CookieContentSecurity::Signed`).
    pub fn signed(name: impl Into<String>, key: Key) -> Self {
        Self { name: name.into(), key, security: Security::Signed }
    }

    /// The session key in a request's cookie, which only whoever has the cookie's key can have put there.
    ///
    /// It counts as signed with an old secret, so that the response brings a cookie of ours.
    pub(crate) fn read(&self, request: &HttpRequest) -> Option<Verified> {
        let mut jar = CookieJar::new();
        jar.add_original(request.cookie(&self.name)?);
        let cookie = match self.security {
            Security::Encrypted => jar.private(&self.key).get(&self.name),
            Security::Signed => jar.signed(&self.key).get(&self.name),
        };
        let Some(cookie) = cookie else {
            telemetry::cookie_refused(Refused::BadSignature.reason());
            return None;
        };
        // A cookie that holds the session itself, as that of `CookieSessionStore`, names no row.
        let key = Some(cookie.value()).filter(|key| !key.is_empty() && key.len() <= MAX_ID_LEN)?;
        Some(Verified { id: SessionId::from_secret(key), signed_with_old_key: true })
    }
}

/// Without the key.
impl fmt::Debug for ActixSessionCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActixSessionCookie")
            .field("name", &self.name)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}
