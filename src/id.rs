//! The two identities of a session.
//!
//! The browser holds a [`SessionId`], a secret: whoever has it *is* the visitor. Everything else
//! (rows, caches, notifications) knows the session by the id's [`Digest`], from which the id
//! cannot be found again. Somebody who reads the table, a backup or a log can therefore see
//! sessions but not take them over. What people and logs may name is a third thing, the row's
//! public handle ([`Record::handle`](crate::Record::handle)).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use sha2::{Digest as _, Sha256};

/// Bytes drawn from the operating system for a new id: 256 bits.
///
/// OWASP ASVS 5.0 §7.2.3 asks for at least 128 bits from a cryptographic generator.
const ID_BYTES: usize = 32;

/// The longest id a custom generator may return, in bytes. It bounds what a cookie can weigh.
pub(crate) const MAX_ID_LEN: usize = 256;

/// The shortest id a custom generator may return, in bytes: 192 bits in base64url.
pub(crate) const MIN_ID_LEN: usize = 32;

/// The secret that a browser's cookie carries.
///
/// Neither `Debug` nor any error prints it. A store outside this crate can only see its
/// [`digest`](Self::digest), which is all that it needs for a primary key.
#[derive(Clone)]
pub struct SessionId {
    secret: Box<str>,
    digest: Digest,
}

impl SessionId {
    /// Draws a new id: 256 bits from the operating system, as 43 characters of base64url.
    ///
    /// # Errors
    ///
    /// When the operating system has no randomness to give. There is no fallback: a guessable id
    /// is worse than an error (OWASP ASVS 5.0 §11.5.1).
    pub fn generate() -> Result<Self, RandomnessError> {
        Self::draw(&mut rand::rngs::SysRng)
    }

    /// Draws from any source: in tests, from one that runs dry.
    pub(crate) fn draw<R: TryRng>(source: &mut R) -> Result<Self, RandomnessError>
    where
        R::Error: Send + Sync + 'static,
    {
        let mut bytes = [0_u8; ID_BYTES];
        source.try_fill_bytes(&mut bytes).map_err(|source| RandomnessError(Box::new(source)))?;
        Ok(Self::from_secret(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Takes a secret that was verified in a cookie or made by a custom generator.
    ///
    /// Not public: a client-chosen string must never become an id.
    pub(crate) fn from_secret(secret: impl Into<Box<str>>) -> Self {
        let secret = secret.into();
        let digest = Digest(Sha256::digest(secret.as_bytes()).into());
        Self { secret, digest }
    }

    /// The SHA-256 of the id: the name by which stores know the session.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The secret itself, for the cookie and nothing else.
    pub(crate) fn expose(&self) -> &str {
        &self.secret
    }
}

/// Two ids are the same when their digests are. Comparing digests leaks no timing of the secret.
impl PartialEq for SessionId {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for SessionId {}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(secret)")
    }
}

/// The SHA-256 of a [`SessionId`]: a store's primary key, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of 32 bytes that came from a row.
    #[cfg(feature = "postgres")]
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, as the `key` column holds them.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Prints the first four bytes: enough to tell two sessions apart in a debugger.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "Digest({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// The operating system's random generator failed; no id was made.
#[derive(Debug)]
pub struct RandomnessError(Box<dyn std::error::Error + Send + Sync>);

impl fmt::Display for RandomnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operating system gave no random bytes for a session id")
    }
}

impl std::error::Error for RandomnessError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_id_is_43_characters_of_base64url_and_none_repeats() {
        let ids: HashSet<_> =
            (0..10_000).map(|_| SessionId::generate().unwrap().expose().to_owned()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.len() == 43));
    }

    #[test]
    fn every_symbol_appears_at_every_place_about_equally_often() {
        let rounds = 20_000_usize;
        let mut seen = vec![[0_u32; 128]; 42];
        for _ in 0..rounds {
            let id = SessionId::generate().unwrap();
            for (place, byte) in id.expose().bytes().take(42).enumerate() {
                seen[place][byte as usize] += 1;
            }
        }
        // The 43rd place holds four bits only; the first 42 hold six each, so 64 symbols.
        let expected = rounds as f64 / 64.0;
        for counts in seen {
            let used: Vec<_> = counts.iter().filter(|n| **n > 0).collect();
            assert_eq!(used.len(), 64);
            let chi_square: f64 = used.iter().map(|n| (f64::from(**n) - expected).powi(2) / expected).sum();
            // 63 degrees of freedom: above 170 happens once in 10^11 draws.
            assert!(chi_square < 170.0, "chi-square {chi_square}");
        }
    }

    #[test]
    fn debug_prints_neither_the_secret_nor_the_whole_digest() {
        let id = SessionId::from_secret("correct-horse-battery-staple");
        let text = format!("{id:?} {:?}", id.digest());
        assert!(!text.contains("horse"));
        assert_eq!(text, format!("SessionId(secret) {:?}", id.digest()));
        assert_eq!(format!("{:?}", id.digest()).len(), "Digest(00000000…)".len());
    }
}
