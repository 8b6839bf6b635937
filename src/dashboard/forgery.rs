//! Forms that another site has sent.
//!
//! Two guards, each enough by itself where it works. Browsers say where a request comes from, and no page can lie
//! about it ([`is_ours`](crate::forgery::is_ours)). And a form carries the token that its page was given, which is also in a cookie for these pages alone:
//! another site can neither read nor send it.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{COOKIE, HeaderValue};
use actix_web::{Error, error};
use cookie::{Cookie, SameSite};
use rand::TryRng as _;

const NAME: &str = "sessions_dashboard";
const DIGITS: usize = 32;

/// What a form has to bring along.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token(String);

impl Token {
    /// The one that the browser has, else a new one, and whether it is.
    pub(super) fn of(request: &ServiceRequest) -> Result<(Self, bool), Error> {
        let known = request.headers().get_all(COOKIE).filter_map(|line| line.to_str().ok());
        let known = known.flat_map(Cookie::split_parse).filter_map(Result::ok).find(|one| one.name() == NAME);
        match known.map(|cookie| cookie.value().to_owned()).filter(|value| is_token(value)) {
            Some(value) => Ok((Self(value), false)),
            None => Ok((Self::new()?, true)),
        }
    }

    fn new() -> Result<Self, Error> {
        let mut bytes = [0; DIGITS / 2];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(error::ErrorInternalServerError)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// As a form carries it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a form brought it. In a time that tells nothing.
    pub(super) fn is(&self, brought: &str) -> bool {
        let differences =
            self.0.bytes().zip(brought.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
        self.0.len() == brought.len() && differences == 0
    }

    pub(super) fn cookie(&self, base: &str, is_tls: bool) -> HeaderValue {
        // Up to what a cookie's path cannot hold. The folder above that has the pages in it, too.
        let is_odd = |c: char| c == ';' || !c.is_ascii_graphic();
        let path = base.find(is_odd).map_or(base, |at| base[..at].rsplit_once('/').unwrap_or_default().0);
        let path = if path.is_empty() { "/" } else { path };
        let cookie = Cookie::build((NAME, &*self.0)).path(path.to_owned()).http_only(true);
        let cookie = cookie.same_site(SameSite::Strict).secure(is_tls).build().to_string();
        // Digits, and a path that is fit for it.
        HeaderValue::from_str(&cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

fn is_token(value: &str) -> bool {
    value.len() == DIGITS && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}
