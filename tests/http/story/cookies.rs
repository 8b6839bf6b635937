//! Cookies made and read without the crate's own code.

use actix_pg_session::test_util::Reply;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

/// `s:id.mac`, not yet percent-encoded.
pub fn signed(id: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(id.as_bytes());
    format!("s:{id}.{}", STANDARD_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// As a cookie's value goes over the wire.
pub fn encoded(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

/// The key of the row of this id.
pub fn digest_hex(id: &str) -> String {
    Sha256::digest(id.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `name=value` of a `Set-Cookie` line.
pub fn pair(line: &str) -> &str {
    line.split(';').next().unwrap_or_default()
}

/// The attributes of a `Set-Cookie` line, sorted, without those that tell the time.
pub fn attributes(line: &str) -> Vec<String> {
    let timeless = |part: &&str| !part.starts_with("Max-Age=") && !part.starts_with("Expires=");
    let mut attributes: Vec<_> = line.split("; ").skip(1).filter(timeless).map(str::to_owned).collect();
    attributes.sort();
    attributes
}

/// The `Max-Age` of the only cookie that the reply sets, in seconds.
pub fn max_age(reply: &Reply) -> Option<u64> {
    let lines = reply.set_cookies();
    assert_eq!(lines.len(), 1, "one cookie is expected in {lines:?}");
    let age = lines[0].split("; ").find_map(|part| part.strip_prefix("Max-Age="))?;
    Some(age.parse().expect("a number of seconds"))
}
