//! The cookie's text, put together and taken apart independently of the crate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;

/// What `encodeURIComponent` changes.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

pub(crate) fn encoded(plain: &str) -> String {
    utf8_percent_encode(plain, ENCODED).to_string()
}

pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// `s:<sid>.<signature>`, not yet encoded.
pub(crate) fn signed(sid: &str, secret: &str) -> String {
    format!("s:{sid}.{}", signature(sid, secret))
}

fn signature(sid: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(sid.as_bytes());
    STANDARD_NO_PAD.encode(mac.finalize().into_bytes())
}

/// The id in a cookie's text, whoever signed it.
pub(crate) fn sid(text: &str) -> Option<String> {
    let plain = decoded(text);
    let (sid, _) = plain.strip_prefix("s:")?.rsplit_once('.')?;
    Some(sid.to_owned())
}

/// Whether a cookie's text is, to the letter, what this secret makes of the id in it.
pub(crate) fn is_signed_by(text: &str, secret: &str) -> bool {
    sid(text).is_some_and(|sid| encoded(&signed(&sid, secret)) == text)
}

#[test]
fn a_signature_is_express_sessions() {
    let text = "s%3Aabc.NC5RnOCtbAOja5jus%2FHRMNtIE7nfTRFg7aSI1xLceO4";
    assert_eq!(encoded(&signed("abc", "k")), text);
    assert!(is_signed_by(text, "k"));
    assert!(!is_signed_by(text, "another"));
    assert!(!is_signed_by(&text.replace('C', "D"), "k"));
}

#[test]
fn the_last_dot_ends_the_id() {
    assert_eq!(sid("s%3Aa.b.c.mac").as_deref(), Some("a.b.c"));
    assert_eq!(sid("a.mac"), None);
}
