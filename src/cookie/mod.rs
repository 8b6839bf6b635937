//! The session cookie: its attributes, how it is set and removed, and how it is found in a request.

mod attributes;

use std::fmt;
use std::time::Duration;

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use cookie::CookieBuilder;

use crate::policy::Dialect;

pub use attributes::{CookieAttributes, Priority, SameSite, Secure};

/// What RFC 6265bis lets a browser keep of a name and a value together, in bytes.
pub(crate) const MAX_COOKIE: usize = 4096;

/// What RFC 6265bis lets a browser count of `Max-Age`: 400 days.
const MAX_MAX_AGE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// How the time that the cookie has left is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// As `Max-Age`, which is right whatever the browser's clock says.
    MaxAge,
    /// As `Expires`, which is all that express-session writes.
    Expires,
}

/// The attributes of one cookie. Setting and removing it use the same, since browsers take a
/// removal with other attributes for another cookie.
#[derive(Clone, Debug)]
pub(crate) struct CookieSpec {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) domain: Option<String>,
    pub(crate) secure: Secure,
    pub(crate) http_only: bool,
    pub(crate) same_site: SameSite,
    pub(crate) partitioned: bool,
    pub(crate) priority: Option<Priority>,
    pub(crate) expiry: Expiry,
    pub(crate) dialect: Dialect,
}

impl CookieSpec {
    /// The `Set-Cookie` that hands out `value`, which is percent-encoded already.
    ///
    /// `max_age` is `None` for a cookie that the browser drops when it closes.
    pub(crate) fn set(
        &self,
        value: &str,
        max_age: Option<Duration>,
        attributes: &CookieAttributes,
    ) -> Result<HeaderValue, CookieError> {
        if self.name.len() + value.len() > MAX_COOKIE {
            return Err(CookieError);
        }
        let mut cookie = self.builder(value, attributes);
        if let Some(max_age) = max_age {
            // Rounded up: a cookie that goes a moment after its row does no harm, one that goes
            // before it is a session lost early.
            let seconds = |time: Duration| {
                let whole = time.as_millis().div_ceil(1000);
                cookie::time::Duration::seconds(i64::try_from(whole).unwrap_or(i64::MAX))
            };
            cookie = match self.expiry {
                Expiry::MaxAge => cookie.max_age(seconds(max_age.min(MAX_MAX_AGE))),
                Expiry::Expires => cookie.expires(http_date().saturating_add(seconds(max_age))),
            };
        }
        header(cookie, attributes)
    }

    /// The `Set-Cookie` that takes the cookie away.
    pub(crate) fn removal(&self, attributes: &CookieAttributes) -> Result<HeaderValue, CookieError> {
        let cookie = self
            .builder("", attributes)
            .max_age(cookie::time::Duration::ZERO)
            .expires(cookie::time::OffsetDateTime::UNIX_EPOCH);
        header(cookie, attributes)
    }

    /// The attributes of a cookie that is set by a request which came over TLS, or did not.
    pub(crate) fn attributes(&self, over_tls: bool) -> CookieAttributes {
        let secure = match self.secure {
            Secure::Always => true,
            Secure::Auto => over_tls,
            Secure::Never => false,
        };
        // Browsers drop `None` without `Secure`. Express goes by the connection alone.
        let may_be_none = if self.dialect == Dialect::Express { over_tls } else { secure };
        let same_site = match self.same_site {
            SameSite::Auto if may_be_none => Some(SameSite::None),
            SameSite::Auto => Some(SameSite::Lax),
            SameSite::Unset => None,
            as_it_is => Some(as_it_is),
        };
        CookieAttributes {
            path: Some(self.path.clone()),
            // Browsers ignore a dot before it (RFC 6265 §5.2.3). Express sends what it was given.
            domain: self.domain.as_deref().map(|domain| match self.dialect {
                Dialect::Own => domain.strip_prefix('.').unwrap_or(domain).to_owned(),
                Dialect::Express => domain.to_owned(),
            }),
            secure,
            http_only: self.http_only,
            same_site,
            // Browsers ignore `Partitioned` without `Secure`; with `Secure::Auto` both come and go.
            partitioned: self.partitioned && (secure || self.dialect == Dialect::Express),
            priority: self.priority,
        }
    }

    fn builder<'a>(&'a self, value: &'a str, attributes: &'a CookieAttributes) -> CookieBuilder<'a> {
        let mut builder = cookie::Cookie::build((self.name.as_str(), value))
            .http_only(attributes.http_only)
            .secure(attributes.secure);
        if let Some(path) = &attributes.path {
            builder = builder.path(path.as_str());
        }
        match attributes.same_site {
            Some(SameSite::Strict) => builder.same_site(cookie::SameSite::Strict),
            Some(SameSite::Lax) => builder.same_site(cookie::SameSite::Lax),
            Some(SameSite::None) => builder.same_site(cookie::SameSite::None),
            Some(SameSite::Auto | SameSite::Unset) | None => builder,
        }
    }

    /// Whether a browser would send the cookie for this path (RFC 6265 §5.1.4). Express takes the
    /// path for a mere prefix: to it, `/foo` covers `/foobar`, though no browser sends the cookie there.
    pub(crate) fn covers(&self, path: &str) -> bool {
        match path.strip_prefix(self.path.as_str()) {
            Some(_) if self.dialect == Dialect::Express => true,
            Some(rest) => rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'),
            None => false,
        }
    }

    /// The values of every cookie of our name, in the order of the request, as they stand in the
    /// headers.
    ///
    /// A browser may send several (another path, a parent domain), and HTTP/2 may split them over
    /// several lines. The header is taken as bytes: a neighbour that is no UTF-8 hides nothing.
    pub(crate) fn find<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a [u8]> {
        headers.get_all(COOKIE).flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).filter_map(
            |pair| {
                let pair = pair.trim_ascii();
                let at = pair.iter().position(|byte| *byte == b'=')?;
                let (name, value) = (pair[..at].trim_ascii_end(), pair[at + 1..].trim_ascii_start());
                (name == self.name.as_bytes()).then(|| unquoted(value))
            },
        )
    }
}

/// The time of this machine, as in the `Date` header of the response; `Expires` has no other to refer
/// to. Nothing is decided by it.
#[expect(clippy::disallowed_methods, reason = "the browser is told, the database decides")]
fn http_date() -> cookie::time::OffsetDateTime {
    std::time::SystemTime::now().into()
}

/// The header's text. The cookie crate does not know of `Priority`, writes `Secure` with every
/// `Partitioned`, and drops a dot before a domain; express-session does neither.
fn header(cookie: CookieBuilder<'_>, attributes: &CookieAttributes) -> Result<HeaderValue, CookieError> {
    // A semicolon would begin another attribute. The options were looked at; a row may hold anything.
    let is_odd = |byte: u8| byte == b';' || !(b' '..=b'~').contains(&byte);
    if [&attributes.path, &attributes.domain].into_iter().flatten().any(|text| text.bytes().any(is_odd)) {
        return Err(CookieError);
    }
    let mut text = cookie.build().to_string();
    if let Some(domain) = &attributes.domain {
        text.push_str("; Domain=");
        text.push_str(domain);
    }
    if attributes.partitioned {
        text.push_str("; Partitioned");
    }
    if let Some(priority) = attributes.priority {
        text.push_str(match priority {
            Priority::Low => "; Priority=Low",
            Priority::Medium => "; Priority=Medium",
            Priority::High => "; Priority=High",
        });
    }
    HeaderValue::try_from(text).map_err(|_| CookieError)
}

fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        _ => value,
    }
}

/// The cookie would be larger than browsers take, which only a custom id generator can bring about, or a
/// session's own attributes hold what a header may not.
#[derive(Debug)]
pub(crate) struct CookieError;

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the session cookie would exceed {MAX_COOKIE} bytes, or hold what no header may")
    }
}

impl std::error::Error for CookieError {}

#[cfg(test)]
mod tests;
