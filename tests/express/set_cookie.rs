//! A `Set-Cookie`, taken apart so that what means the same looks the same.

use chrono::DateTime;

/// One header.
#[derive(Clone, Debug)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    /// All but the lifetime, in order. What is no matter of case is in lower case.
    pub(crate) attributes: Vec<String>,
    pub(crate) lifetime: Option<Lifetime>,
}

/// Seconds from when the cookie was made. We do not know when that was exactly, so neither this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime {
    low: f64,
    high: f64,
}

impl Lifetime {
    pub(crate) fn at_most(self) -> f64 {
        self.high
    }

    /// How far apart two are at least.
    pub(crate) fn distance(self, other: Self) -> f64 {
        (self.low - other.high).max(other.low - self.high).max(0.0)
    }
}

impl SetCookie {
    /// Reads a header that came with a reply to a request which was sent, and answered, at these times.
    pub(crate) fn parsed(header: &str, sent: f64, arrived: f64) -> Self {
        let mut pieces = header.split(';').map(str::trim);
        let (name, value) = pieces.next().and_then(|pair| pair.split_once('=')).unwrap_or((header, ""));
        let mut attributes = Vec::new();
        let (mut max_age, mut expires) = (None, None);
        for piece in pieces {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let name = name.to_ascii_lowercase();
            match (name.as_str(), seconds(&name, value)) {
                ("max-age", Some(seconds)) => max_age = Some(Lifetime { low: seconds, high: seconds }),
                ("expires", Some(at)) => expires = Some(Lifetime { low: at - arrived, high: at - sent }),
                ("samesite" | "priority" | "domain", _) => {
                    attributes.push(format!("{name}={}", value.to_ascii_lowercase()));
                }
                _ => attributes.push(piece.replacen(piece.split('=').next().unwrap_or(""), &name, 1)),
            }
        }
        attributes.sort();
        // Browsers, too, go by Max-Age if both are there.
        let lifetime = max_age.or(expires);
        Self { name: name.to_owned(), value: value.to_owned(), attributes, lifetime }
    }
}

/// What an attribute about time says, if it is one.
fn seconds(name: &str, value: &str) -> Option<f64> {
    match name {
        "max-age" => value.parse::<i64>().ok().map(|seconds| seconds as f64),
        "expires" => DateTime::parse_from_rfc2822(value).ok().map(|date| date.timestamp() as f64),
        _ => None,
    }
}

#[test]
fn what_means_the_same_looks_the_same() {
    let one = "sid=x; Path=/App; Expires=Thu, 01 Jan 1970 00:10:05 GMT; HttpOnly; SameSite=Lax";
    let other = "sid=x; max-age=600; path=/App; samesite=lax; httponly";
    let (one, other) = (SetCookie::parsed(one, 4.5, 5.0), SetCookie::parsed(other, 4.5, 5.0));
    assert_eq!(one.attributes, ["httponly", "path=/App", "samesite=lax"]);
    assert_eq!(one.attributes, other.attributes);
    let (one, other) = (one.lifetime.expect("Expires"), other.lifetime.expect("Max-Age"));
    assert!(one.distance(other) <= 0.5 && other.distance(one) <= 0.5);
}

#[test]
fn a_date_that_is_none_stays_as_an_attribute() {
    let cookie = SetCookie::parsed("sid=x; Expires=soon", 0.0, 0.0);
    assert!(cookie.lifetime.is_none());
    assert_eq!(cookie.attributes, ["expires=soon"]);
}
