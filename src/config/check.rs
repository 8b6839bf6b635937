//! Refusing at boot what would fail, or endanger somebody, later.

use super::Options;
use crate::cookie::{CookieSpec, Expiry, MAX_COOKIE, SameSite, Secure};
use crate::error::ConfigError;
use crate::id::MAX_ID_LEN;
use crate::keyring::{Keyring, MIN_SECRET_LEN};
use crate::policy::Dialect;
use crate::record::LONGEST;

/// Checks everything, and settles the cookie's name.
pub(super) fn check(keys: &Keyring, options: &Options) -> Result<CookieSpec, ConfigError> {
    secrets(keys, options)?;
    times(options)?;
    let cookie = CookieSpec {
        name: name(options),
        path: options.path.clone(),
        domain: options.domain.clone(),
        secure: options.secure,
        http_only: options.http_only,
        same_site: options.same_site,
        partitioned: options.partitioned,
        priority: options.priority,
        expiry: match options.policy.dialect {
            Dialect::Own => Expiry::MaxAge,
            Dialect::Express => Expiry::Expires,
        },
        dialect: options.policy.dialect,
    };
    characters(&cookie)?;
    if !options.allow_insecure {
        prefixes(&cookie)?;
        combinations(&cookie)?;
    }
    size(&cookie)?;
    Ok(cookie)
}

fn refuse<T>(sentence: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError(sentence.into()))
}

fn secrets(keys: &Keyring, options: &Options) -> Result<(), ConfigError> {
    match keys.shortest() {
        None => {
            refuse("no secret to sign the session cookie with: give at least one, of 32 random bytes or more")
        }
        Some(len) if len < MIN_SECRET_LEN && (len == 0 || !options.allow_insecure) => refuse(format!(
            "a secret of {len} bytes is too short: give {MIN_SECRET_LEN} random bytes or more (`openssl rand -base64 48`)"
        )),
        Some(_) => Ok(()),
    }
}

fn times(options: &Options) -> Result<(), ConfigError> {
    let lifetime = options.lifetime;
    let is_over = lifetime.idle.is_zero() || lifetime.absolute.is_some_and(|absolute| absolute.is_zero());
    if is_over && !options.allow_insecure {
        return refuse("a session lifetime of zero: `max_age` and `absolute_lifetime` must be longer");
    }
    if lifetime.idle > LONGEST || lifetime.absolute.is_some_and(|absolute| absolute > LONGEST) {
        return refuse(
            "a session lifetime of more than 7500 years: `max_age` and `absolute_lifetime` must be shorter",
        );
    }
    if options.store_timeout.is_zero() {
        return refuse("`store_timeout` is zero, so every request would fail");
    }
    if options.max_data_bytes < 2 {
        return refuse("`max_data_bytes` leaves no room for even the empty object");
    }
    if options.late_grace > LONGEST {
        return refuse("`late_grace` is more than 7500 years: some seconds are meant");
    }
    let ratio = options.policy.touch.ratio;
    if !(0.0..1.0).contains(&ratio) {
        return refuse(format!(
            "`touch_after` is {ratio}, but a part of the idle time is at least 0 and less than 1"
        ));
    }
    Ok(())
}

/// The strictest name that the attributes allow.
fn name(options: &Options) -> String {
    let host_only = options.secure == Secure::Always && options.path == "/" && options.domain.is_none();
    match &options.name {
        Some(name) => name.clone(),
        None if host_only => "__Host-sid".into(),
        None => "sid".into(),
    }
}

fn characters(cookie: &CookieSpec) -> Result<(), ConfigError> {
    let token = |byte: u8| byte.is_ascii_graphic() && !br#"()<>@,;:\"/[]?={}"#.contains(&byte);
    if cookie.name.is_empty() || !cookie.name.bytes().all(token) {
        return refuse(format!(
            "the cookie name {:?} has characters that a cookie name cannot have",
            cookie.name
        ));
    }
    let plain = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b';');
    if !cookie.path.starts_with('/') || !plain(&cookie.path) {
        return refuse(format!(
            "the cookie path {:?} must begin with '/' and hold no ';' or control character",
            cookie.path
        ));
    }
    if cookie.path.len() > 1024 {
        return refuse("the cookie path is longer than 1024 bytes, and browsers would ignore it");
    }
    if let Some(domain) = &cookie.domain
        && (domain.trim_start_matches('.').is_empty()
            || !domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)))
    {
        return refuse(format!("the cookie domain {domain:?} is not a domain name"));
    }
    Ok(())
}

/// Browsers drop a cookie whose name promises what its attributes do not keep (RFC 6265bis §4.1.3).
/// They compare the prefix without regard to case, so we do.
fn prefixes(cookie: &CookieSpec) -> Result<(), ConfigError> {
    let name = cookie.name.to_ascii_lowercase();
    let always = cookie.secure == Secure::Always;
    for prefix in ["__host-http-", "__host-", "__http-", "__secure-"] {
        if !name.starts_with(prefix) {
            continue;
        }
        if !always {
            return refuse(format!("the cookie name {:?} needs `Secure::Always`", cookie.name));
        }
        if prefix.starts_with("__host-") && (cookie.domain.is_some() || cookie.path != "/") {
            return refuse(format!("the cookie name {:?} needs the path \"/\" and no domain", cookie.name));
        }
        if prefix.ends_with("http-") && !cookie.http_only {
            return refuse(format!("the cookie name {:?} needs `http_only(true)`", cookie.name));
        }
        return Ok(());
    }
    Ok(())
}

fn combinations(cookie: &CookieSpec) -> Result<(), ConfigError> {
    if cookie.same_site == SameSite::None && cookie.secure != Secure::Always {
        return refuse("`SameSite::None` needs `Secure::Always`: browsers drop the cookie otherwise");
    }
    if cookie.partitioned && cookie.secure == Secure::Never {
        return refuse("`partitioned` needs a secure cookie: browsers drop it otherwise");
    }
    Ok(())
}

fn size(cookie: &CookieSpec) -> Result<(), ConfigError> {
    // `s:`, `.` and a MAC whose 43 characters may each become three.
    let largest = cookie.name.len() + 3 * (MAX_ID_LEN + 2 + 1 + 43);
    if largest > MAX_COOKIE {
        return refuse(format!(
            "the cookie name has {} bytes, so the cookie could exceed the {MAX_COOKIE} that browsers keep",
            cookie.name.len()
        ));
    }
    Ok(())
}
