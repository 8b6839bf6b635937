//! Cookies as a browser keeps them: RFC 6265 §5, with the prefixes of RFC 6265bis §4.1.3.
//!
//! There is one host in a test, so a cookie's `Domain` is part of its name, and it is sent whatever
//! it is. No time passes: tests turn the store's clock, and a cookie goes when the application
//! removes it.

use std::time::Duration;

use actix_web::http::header::HeaderValue;
use cookie::Cookie;
use cookie::time::OffsetDateTime;

/// A cookie in a [`Browser`](super::Browser)'s jar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredCookie {
    /// Its name.
    pub name: String,
    /// Its value, as it stood in the `Set-Cookie`.
    pub value: String,
    /// The path below which it is sent.
    pub path: String,
    /// The `Domain` with which it was set.
    pub domain: Option<String>,
    /// Whether it is sent over TLS only.
    pub secure: bool,
    /// Whether it is kept from scripts.
    pub http_only: bool,
    /// The `Max-Age` with which it was set.
    pub max_age: Option<Duration>,
    /// Whether it outlives the browser's window.
    pub persistent: bool,
}

#[derive(Debug, Default)]
pub(super) struct Jar(Vec<StoredCookie>);

impl Jar {
    pub(super) fn all(&self) -> &[StoredCookie] {
        &self.0
    }

    pub(super) fn forget_all(&mut self) {
        self.0.clear();
    }

    pub(super) fn close(&mut self) {
        self.0.retain(|cookie| cookie.persistent);
    }

    pub(super) fn forge(&mut self, name: &str, value: &str) {
        let mut found = false;
        for cookie in self.0.iter_mut().filter(|cookie| cookie.name == name) {
            value.clone_into(&mut cookie.value);
            found = true;
        }
        if !found {
            self.0.push(StoredCookie {
                name: name.to_owned(),
                value: value.to_owned(),
                path: "/".to_owned(),
                domain: None,
                secure: true,
                http_only: true,
                max_age: None,
                persistent: false,
            });
        }
    }

    /// The `Cookie` header for a request: longer paths first, then in the order of arrival.
    pub(super) fn header(&self, path: &str, secure: bool) -> Option<HeaderValue> {
        let mut cookies: Vec<_> = self
            .0
            .iter()
            .filter(|cookie| path_matches(path, &cookie.path) && (secure || !cookie.secure))
            .collect();
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        if cookies.is_empty() {
            return None;
        }
        let pairs: Vec<_> =
            cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        Some(HeaderValue::try_from(pairs.join("; ")).expect("a forged cookie fits into a header"))
    }

    /// Takes a `Set-Cookie` line that came in answer to a request for `path`.
    pub(super) fn take(&mut self, line: &str, path: &str, secure: bool) {
        let Ok(parsed) = Cookie::parse(line) else { return };
        let cookie = StoredCookie::new(&parsed, path);
        if !is_acceptable(&cookie, secure) {
            return;
        }
        let same = |other: &StoredCookie| {
            (&other.name, &other.domain, &other.path) == (&cookie.name, &cookie.domain, &cookie.path)
        };
        match (self.0.iter().position(same), is_over(&parsed)) {
            (Some(at), true) => drop(self.0.remove(at)),
            (Some(at), false) => self.0[at] = cookie,
            (None, true) => {}
            (None, false) => self.0.push(cookie),
        }
    }
}

impl StoredCookie {
    fn new(parsed: &Cookie<'_>, request_path: &str) -> Self {
        let path = parsed.path().filter(|path| path.starts_with('/'));
        let max_age = parsed.max_age().map(|age| age.try_into().unwrap_or_default());
        Self {
            name: parsed.name().to_owned(),
            value: parsed.value().to_owned(),
            path: path.unwrap_or_else(|| default_path(request_path)).to_owned(),
            domain: parsed.domain().map(str::to_ascii_lowercase),
            secure: parsed.secure() == Some(true),
            http_only: parsed.http_only() == Some(true),
            max_age,
            persistent: max_age.is_some() || parsed.expires_datetime().is_some(),
        }
    }
}

/// Whether the line removes the cookie: a `Max-Age` of zero, or without one an `Expires` that is past.
fn is_over(parsed: &Cookie<'_>) -> bool {
    match (parsed.max_age(), parsed.expires_datetime()) {
        (Some(age), _) => !age.is_positive(),
        (None, Some(expires)) => expires <= OffsetDateTime::now_utc(),
        (None, None) => false,
    }
}

/// What browsers refuse without a word, so that a test finds it.
fn is_acceptable(cookie: &StoredCookie, secure: bool) -> bool {
    let named =
        |prefix: &str| cookie.name.get(..prefix.len()).is_some_and(|name| name.eq_ignore_ascii_case(prefix));
    if cookie.secure && !secure {
        return false;
    }
    if named("__Host-") {
        return cookie.secure && cookie.path == "/" && cookie.domain.is_none();
    }
    cookie.secure || !named("__Secure-")
}

/// RFC 6265 §5.1.4: the directory of the request, without the slash at its end.
fn default_path(request_path: &str) -> &str {
    match request_path.rfind('/') {
        Some(0) | None => "/",
        Some(end) => &request_path[..end],
    }
}

/// RFC 6265 §5.1.4.
fn path_matches(request_path: &str, cookie_path: &str) -> bool {
    match request_path.strip_prefix(cookie_path) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || cookie_path.ends_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests;
