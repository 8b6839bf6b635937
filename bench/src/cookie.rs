//! Session cookies by hand, in this crate's format.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::TryRng as _;
use sha2::{Digest as _, Sha256};

/// What all cookies are signed with.
pub(crate) const SECRET: &str = "a secret of the benchmarks, of thirty-two bytes";

/// The cookie that names the session `id`.
pub(crate) fn signed(id: &str) -> String {
    // A key of any length is one.
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).map(|mut mac| {
        mac.update(id.as_bytes());
        STANDARD_NO_PAD.encode(mac.finalize().into_bytes())
    });
    let mac = mac.unwrap_or_default();
    format!("sid=s%3A{id}.{}", mac.replace('+', "%2B").replace('/', "%2F"))
}

/// What hands that cookie out.
pub(crate) fn set(id: &str) -> String {
    format!("{}; HttpOnly; SameSite=Lax; Path=/; Max-Age=1209600", signed(id))
}

/// The key of the row that a cookie names, if it is one of ours. Its signature is believed.
pub(crate) fn key(cookies: &str) -> Option<Vec<u8>> {
    let value = cookies.strip_prefix("sid=s%3A")?;
    Some(key_of(value.split('.').next()?))
}

/// A new id, and its key.
pub(crate) fn fresh() -> Result<(String, Vec<u8>), impl Display + std::fmt::Debug> {
    let mut bytes = [0; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map(|()| {
        let id = URL_SAFE_NO_PAD.encode(bytes);
        let key = key_of(&id);
        (id, key)
    })
}

fn key_of(id: &str) -> Vec<u8> {
    Sha256::digest(id.as_bytes()).to_vec()
}
