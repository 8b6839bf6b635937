//! How often a proxy did what it can do.

use std::sync::atomic::{AtomicU64, Ordering};

/// Something that a proxy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// Carried a connection to a server.
    Connect,
    /// Let one not in.
    Refuse,
    /// Passed a message on.
    Pass,
    /// Closed a connection in good order.
    Cut,
    /// Reset one.
    Reset,
    /// Lost a message without a word.
    Swallow,
    /// Held a message back for a while.
    Delay,
    /// Passed a message on in pieces.
    Slice,
    /// Ended a connection within a message.
    Tear,
    /// Ended one between a commit and its client's hearing of it.
    Unheard,
    /// Dropped a notification.
    Deafen,
}

/// All of them, with words for people.
const WORDS: [(Did, &str); 11] = [
    (Did::Connect, "connections carried"),
    (Did::Refuse, "connections refused"),
    (Did::Pass, "messages passed on"),
    (Did::Cut, "connections cut"),
    (Did::Reset, "connections reset"),
    (Did::Swallow, "messages swallowed"),
    (Did::Delay, "messages delayed"),
    (Did::Slice, "messages sliced"),
    (Did::Tear, "messages torn"),
    (Did::Unheard, "commits unheard"),
    (Did::Deafen, "notifications dropped"),
];

/// How often a proxy did what it can do, since it was started.
#[derive(Debug, Default)]
pub struct Counters([AtomicU64; WORDS.len()]);

impl Counters {
    /// How often it did this.
    pub fn of(&self, did: Did) -> u64 {
        self.0[did as usize].load(Ordering::Relaxed)
    }

    /// Everything that it did, in words.
    pub fn all(&self) -> Vec<(&'static str, u64)> {
        WORDS.iter().map(|(did, words)| (*words, self.of(*did))).collect()
    }

    pub(super) fn count(&self, did: Did) {
        self.0[did as usize].fetch_add(1, Ordering::Relaxed);
    }
}
