//! actix-session's names for the same options, so that leaving it is a change of imports.

use super::builder::SessionMiddlewareBuilder;
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
}
