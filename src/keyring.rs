//! Signing a session id into a cookie's value, and verifying it again.
//!
//! The value is `s:<id>.<mac>`, percent-encoded, where `mac` is the HMAC-SHA256 of the id under a
//! secret, in base64 without padding. It is the format of express-session, so a Node application
//! can share the cookie.
//!
//! The signature keeps made-up ids away from the database; it is not what makes an id hard to
//! guess. Somebody who learns a secret can still not name a session that exists.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

use crate::id::{MAX_ID_LEN, SessionId};

/// The shortest secret that `build()` accepts, in bytes: as long as the MAC.
pub(crate) const MIN_SECRET_LEN: usize = 32;

/// Bytes of the MAC in base64 without padding.
const MAC_LEN: usize = 43;

/// What JavaScript's `encodeURIComponent` leaves alone.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The secrets that sign session cookies: the first signs, all verify.
///
/// To change a secret takes two deploys, since a process that does not know the new one yet refuses what another has
/// signed with it, and its visitor would be a stranger there. First every process gets to know it, then it comes in
/// front:
///
/// ```
/// use actix_pg_session::Keyring;
///
/// # let (new, old) = ("a secret of thirty-two bytes or so", "the one that came before, as long");
/// let first = Keyring::new(old).also_accept(new);
/// let then = Keyring::new(new).also_accept(old);
/// ```
///
/// The old one goes when the cookies that it signed have been seen again or have expired. A cookie signed with an old
/// secret is signed anew by the next response that used the session.
///
/// Anything that turns into a `Keyring` is taken where one is asked for: a string, bytes, or an
/// array or vector of them with the signing secret first. `build()` refuses secrets of less than 32
/// bytes; `openssl rand -base64 48` makes a good one.
#[derive(Clone)]
pub struct Keyring {
    secrets: Vec<Secret>,
}

#[derive(Clone)]
struct Secret {
    len: usize,
    mac: Hmac<Sha256>,
}

impl Keyring {
    /// A keyring with one secret, which signs and verifies.
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self { secrets: Vec::new() }.also_accept(secret)
    }

    /// Adds a secret that verifies, and does not sign.
    #[must_use]
    pub fn also_accept(mut self, secret: impl AsRef<[u8]>) -> Self {
        let secret = secret.as_ref();
        if let Ok(mac) = Hmac::new_from_slice(secret) {
            self.secrets.push(Secret { len: secret.len(), mac });
        }
        self
    }

    fn of<S: AsRef<[u8]>>(secrets: impl IntoIterator<Item = S>) -> Self {
        secrets.into_iter().fold(Self { secrets: Vec::new() }, Self::also_accept)
    }

    /// Secrets made of these that verify nothing of theirs.
    pub(crate) fn derived(&self, purpose: &str) -> Self {
        Self::of(self.secrets.iter().map(|secret| mac_of(secret, purpose)))
    }

    /// The length of the shortest secret, for `build()` to judge; `None` when there is none.
    pub(crate) fn shortest(&self) -> Option<usize> {
        self.secrets.iter().map(|secret| secret.len).min()
    }

    /// The cookie value for an id, percent-encoded.
    pub(crate) fn sign(&self, id: &SessionId) -> String {
        let id = id.expose();
        // `build()` refuses an empty keyring.
        let mac = self.secrets.first().map(|secret| mac_of(secret, id)).unwrap_or_default();
        let value = format!("s:{id}.{}", STANDARD_NO_PAD.encode(mac));
        utf8_percent_encode(&value, COMPONENT).to_string()
    }

    /// The MAC of another text than an id, which holds a zero for that reason.
    pub(crate) fn mac(&self, text: &str) -> [u8; 32] {
        self.secrets.first().map(|secret| mac_of(secret, text)).unwrap_or_default()
    }

    /// Whether any of the secrets has made this MAC of the text.
    pub(crate) fn has_made(&self, text: &str, mac: &[u8]) -> bool {
        self.which_has_made(text, mac).is_some()
    }

    fn which_has_made(&self, text: &str, mac: &[u8]) -> Option<usize> {
        self.secrets.iter().position(|secret| {
            let mut hmac = secret.mac.clone();
            hmac.update(text.as_bytes());
            // Compares in constant time.
            hmac.verify_slice(mac).is_ok()
        })
    }

    /// Reads a cookie value as it stood in the header.
    pub(crate) fn verify(&self, value: &[u8]) -> Result<Verified, Refused> {
        if value.len() > 3 * (MAX_ID_LEN + MAC_LEN + 3) {
            return Err(Refused::TooLong);
        }
        let value = decoded(str::from_utf8(value).map_err(|_| Refused::Malformed)?);
        let signed = value.strip_prefix("s:").ok_or(Refused::Unsigned)?;
        let (id, mac) = signed.rsplit_once('.').ok_or(Refused::Malformed)?;
        if id.is_empty() || id.len() > MAX_ID_LEN || id.contains('\0') {
            return Err(Refused::Malformed);
        }
        let mac = STANDARD_NO_PAD.decode(mac).map_err(|_| Refused::Malformed)?;
        let key_index = self.which_has_made(id, &mac).ok_or(Refused::BadSignature)?;
        Ok(Verified { id: SessionId::from_secret(id), signed_with_old_key: key_index > 0 })
    }
}

/// The value without its percent-encoding. One that is not encoded throughout is taken as it stands,
/// as JavaScript's `decodeURIComponent` throws then and the `cookie` package keeps the text.
///
/// By hand, because every request with a session comes through here, and most of a value needs no decoding.
fn decoded(value: &str) -> Cow<'_, str> {
    let Some((plain, encoded)) = value.split_once('%') else { return Cow::Borrowed(value) };
    let mut bytes = Vec::with_capacity(value.len());
    bytes.extend_from_slice(plain.as_bytes());
    for part in encoded.split('%') {
        let Some((code, rest)) = part.as_bytes().split_first_chunk() else { return Cow::Borrowed(value) };
        let Some(byte) = byte_of(*code) else { return Cow::Borrowed(value) };
        bytes.push(byte);
        bytes.extend_from_slice(rest);
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(value), Cow::Owned)
}

/// The byte of two hexadecimal digits.
fn byte_of(code: [u8; 2]) -> Option<u8> {
    let [high, low] = code.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? * 16 + low?).ok()
}

fn mac_of(secret: &Secret, text: &str) -> [u8; 32] {
    let mut hmac = secret.mac.clone();
    hmac.update(text.as_bytes());
    hmac.finalize().into_bytes().into()
}

/// An id that one of our secrets signed.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) id: SessionId,
    pub(crate) signed_with_old_key: bool,
}

/// Why a cookie of our name is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    TooLong,
    Unsigned,
    Malformed,
    BadSignature,
}

impl Refused {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::TooLong => "too long",
            Self::Unsigned => "not signed",
            Self::Malformed => "malformed",
            Self::BadSignature => "bad signature",
        }
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} secrets)", self.secrets.len())
    }
}

impl From<&str> for Keyring {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl From<String> for Keyring {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

impl From<&String> for Keyring {
    fn from(secret: &String) -> Self {
        Self::new(secret)
    }
}

impl From<&[u8]> for Keyring {
    fn from(secret: &[u8]) -> Self {
        Self::new(secret)
    }
}

impl<S: AsRef<[u8]>> From<Vec<S>> for Keyring {
    fn from(secrets: Vec<S>) -> Self {
        Self::of(secrets)
    }
}

impl<S: AsRef<[u8]>, const N: usize> From<[S; N]> for Keyring {
    fn from(secrets: [S; N]) -> Self {
        Self::of(secrets)
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode;

    use super::*;

    fn id(secret: &str) -> SessionId {
        SessionId::from_secret(secret)
    }

    #[test]
    fn signs_as_express_does() {
        // Computed by express-session 1.19 for secret "k" and session id "abc".
        assert_eq!(
            Keyring::new("k").sign(&id("abc")),
            "s%3Aabc.NC5RnOCtbAOja5jus%2FHRMNtIE7nfTRFg7aSI1xLceO4"
        );
        let odd = Keyring::new("k").sign(&id("%?/+ \u{fc}"));
        assert!(odd.starts_with("s%3A%25%3F%2F%2B%20%C3%BC."), "{odd}");
    }

    #[test]
    fn verifies_what_it_signed_also_when_nobody_percent_encoded_it() {
        let keys = Keyring::new("k");
        let encoded = keys.sign(&id("a.b.c"));
        let plain: Vec<u8> = percent_decode(encoded.as_bytes()).collect();
        for value in [encoded.as_bytes(), &plain] {
            let verified = keys.verify(value).unwrap();
            assert_eq!(verified.id.expose(), "a.b.c");
            assert!(!verified.signed_with_old_key);
        }
    }

    #[test]
    fn a_value_that_is_not_percent_encoded_throughout_is_taken_as_it_stands() {
        let keys = Keyring::new("k");
        for odd in ["50%", "50%!", "a%zzb", "%ff", "%41%4z", "%41%z4"] {
            let mac = STANDARD_NO_PAD.encode(mac_of(&keys.secrets[0], odd));
            let value = format!("s:{odd}.{mac}");
            assert_eq!(keys.verify(value.as_bytes()).unwrap().id.expose(), odd);
        }
    }

    #[test]
    fn the_first_secret_signs_and_all_verify() {
        let old = Keyring::new("old");
        let both = Keyring::from(["new", "old"]);
        assert_eq!(both.sign(&id("x")), Keyring::new("new").sign(&id("x")));
        assert!(both.verify(old.sign(&id("x")).as_bytes()).unwrap().signed_with_old_key);
        assert!(!both.verify(both.sign(&id("x")).as_bytes()).unwrap().signed_with_old_key);
        assert_eq!(old.verify(both.sign(&id("x")).as_bytes()).unwrap_err(), Refused::BadSignature);
    }

    #[test]
    fn refuses_everything_else_with_a_reason() {
        let keys = Keyring::new("k");
        let good = keys.sign(&id("abc"));
        for (value, refused) in [
            (String::new(), Refused::Unsigned),
            ("abc".into(), Refused::Unsigned),
            ("s:".into(), Refused::Malformed),
            ("s:abc".into(), Refused::Malformed),
            ("s:abc.".into(), Refused::BadSignature),
            ("s:abc.!!!".into(), Refused::Malformed),
            (keys.sign(&id("")), Refused::Malformed),
            (keys.sign(&id("a\0b")), Refused::Malformed),
            (good[..good.len() - 1].into(), Refused::Malformed),
            (good.replace("abc", "abd"), Refused::BadSignature),
            ("s%3A%FF.x".into(), Refused::Unsigned),
            (format!("s:{}.x", "a".repeat(5000)), Refused::TooLong),
        ] {
            assert_eq!(keys.verify(value.as_bytes()).unwrap_err(), refused, "{value:?}");
        }
    }

    #[test]
    fn the_longest_id_is_verified_also_with_every_byte_encoded_and_nothing_longer_is_read() {
        let keys = Keyring::new("k");
        let longest = keys.sign(&id(&"i".repeat(MAX_ID_LEN)));
        let encoded: String = percent_decode(longest.as_bytes()).map(|byte| format!("%{byte:02x}")).collect();
        for value in [&longest, &encoded] {
            assert_eq!(keys.verify(value.as_bytes()).unwrap().id.expose().len(), MAX_ID_LEN);
        }
        assert_eq!(keys.verify(format!("{encoded}x").as_bytes()).unwrap_err(), Refused::TooLong);
        let too_long = keys.sign(&id(&"i".repeat(MAX_ID_LEN + 1)));
        assert_eq!(keys.verify(too_long.as_bytes()).unwrap_err(), Refused::Malformed);
    }

    #[test]
    fn the_mac_of_a_text_is_known_again_whichever_secret_has_made_it() {
        let (old, both) = (Keyring::new("old"), Keyring::from(["new", "old"]));
        let mac = old.mac("text");
        assert!(old.has_made("text", &mac) && both.has_made("text", &mac));
        assert_eq!(both.mac("text"), Keyring::new("new").mac("text"));
        assert!(!old.has_made("text", &both.mac("text")));
        for (text, mac) in [("test", &mac[..]), ("text", &mac[..31]), ("text", &[0; 32]), ("text", &[])] {
            assert!(!both.has_made(text, mac), "{text} {mac:?}");
        }
    }

    #[test]
    fn secrets_for_another_purpose_verify_nothing_of_these() {
        let keys = Keyring::from(["new", "old"]);
        let (one, other) = (keys.derived("one"), keys.derived("other"));
        assert!(one.verify(one.sign(&id("x")).as_bytes()).is_ok());
        for (signs, verifies) in [(&keys, &one), (&one, &keys), (&one, &other)] {
            let refused = verifies.verify(signs.sign(&id("x")).as_bytes()).unwrap_err();
            assert_eq!(refused, Refused::BadSignature);
        }
    }

    #[test]
    fn the_shortest_secret_is_told_if_there_is_one() {
        assert_eq!(Keyring::from(["seven..", "ten......."]).shortest(), Some(7));
        assert_eq!(Keyring::from(Vec::<&str>::new()).shortest(), None);
    }

    #[test]
    fn debug_prints_no_secret() {
        assert_eq!(format!("{:?}", Keyring::from(["hush", "hush"])), "Keyring(2 secrets)");
    }
}
