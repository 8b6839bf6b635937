//! The cookie: what it says, and making one by hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::{DateTime, TimeDelta};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a `Set-Cookie` says.
#[derive(Clone, Debug)]
pub(crate) struct Cookie {
    pub(crate) value: String,
    /// In the order of the alphabet, without `Expires`.
    pub(crate) attributes: Vec<String>,
    /// From the moment of the reply to `Expires`.
    pub(crate) lifetime: TimeDelta,
}

impl Cookie {
    /// Reads the header of a reply that was sent at `date`.
    pub(crate) fn of(header: &str, date: &str) -> Self {
        let moment = |text| DateTime::parse_from_rfc2822(text).expect("a date");
        let mut parts = header.split("; ");
        let value = parts.next().and_then(|pair| pair.strip_prefix("connect.sid="));
        let (expires, mut attributes): (Vec<_>, Vec<_>) =
            parts.map(str::to_owned).partition(|part| part.starts_with("Expires="));
        attributes.sort();
        let expires = expires.first().and_then(|part| part.strip_prefix("Expires="));
        Self {
            value: value.expect("the only cookie is connect.sid").to_owned(),
            attributes,
            lifetime: moment(expires.expect("an Expires")) - moment(date),
        }
    }
}

/// The id in the value of a cookie.
pub(crate) fn sid(value: &str) -> String {
    let signed = value.strip_prefix("s%3A").expect("a signed cookie");
    signed.rsplit_once('.').expect("an id, then a signature").0.to_owned()
}

/// The value of a cookie that names `sid`, signed with `secret`.
pub(crate) fn signed(sid: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(sid.as_bytes());
    let mac = STANDARD_NO_PAD.encode(mac.finalize().into_bytes());
    format!("s%3A{sid}.{}", mac.replace('+', "%2B").replace('/', "%2F"))
}
