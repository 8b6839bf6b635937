//! Announcements, for `fuzz/`.

use super::entries::{Entries, Known};
use crate::id::{Digest, SessionId};
use crate::record::Record;

/// A cache that listens to whatever it is told.
#[expect(missing_debug_implementations, reason = "nobody prints it")]
pub struct Listening(Entries);

impl Listening {
    /// That remembers these sessions.
    ///
    /// # Panics
    ///
    /// If they are not remembered.
    pub async fn new(sessions: &[(&str, Record)]) -> Self {
        let entries = Entries::new(64);
        for (id, record) in sessions {
            match entries.find(&digest(id)).await {
                Known::Nothing(fill) => fill.found(record),
                _ => panic!("two sessions of the same id"),
            }
        }
        Self(entries)
    }

    /// Tells it something.
    pub fn hear(&self, announcement: &str) {
        self.0.heard(announcement);
    }

    /// Whether it would answer for a session.
    pub async fn knows(&self, id: &str) -> bool {
        matches!(self.0.find(&digest(id)).await, Known::Live(_))
    }
}

/// The key by which a session is announced.
pub fn key(id: &str) -> [u8; 32] {
    *digest(id).as_bytes()
}

fn digest(id: &str) -> Digest {
    *SessionId::from_secret(id).digest()
}
