//! actix-session's names for the same options, so that leaving it is a change of imports.

use super::builder::SessionMiddlewareBuilder;
#[cfg(feature = "actix-session")]
use crate::compat::ActixSessionCookie;
use crate::cookie::SameSite;

impl<M: 'static> SessionMiddlewareBuilder<M> {
    /// actix-session's name for [`name`](Self::name).
    pub fn cookie_name(self, name: String) -> Self {
        self.name(name)
    }

    /// actix-session's name for [`secure`](Self::secure).
    pub fn cookie_secure(self, secure: bool) -> Self {
        self.secure(secure)
    }

    /// actix-session's name for [`same_site`](Self::same_site).
    pub fn cookie_same_site(self, same_site: SameSite) -> Self {
        self.same_site(same_site)
    }

    /// actix-session's name for [`http_only`](Self::http_only).
    pub fn cookie_http_only(self, http_only: bool) -> Self {
        self.http_only(http_only)
    }

    /// actix-session's name for [`path`](Self::path).
    pub fn cookie_path(self, path: String) -> Self {
        self.path(path)
    }

    /// actix-session's name for [`domain`](Self::domain).
    pub fn cookie_domain(self, domain: Option<String>) -> Self {
        self.domain(domain)
    }

    /// Reads actix-session's cookie as well, where a request has none of ours, so that nobody is signed out by
    /// a change of imports. Its session must be in the store, put there by an
    /// [`ActixSessionStore`](crate::ActixSessionStore). Default: only our own.
    ///
    /// The next response that used the session sets our cookie, for the same session. The old one stays in the
    /// browser until it expires, and names a session only as long as it is live under the id that it had. Leave
    /// this out again when the last old cookie has expired. Cost: nothing for requests with a cookie of ours; for
    /// others with an old one a decryption and a query, also when there is no such session any more.
    #[cfg(feature = "actix-session")]
    pub fn accept_actix_session(mut self, cookie: ActixSessionCookie) -> Self {
        self.options.actix_session = Some(cookie);
        self
    }
}
