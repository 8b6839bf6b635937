//! What a cache remembers, and how it learns that it is out of date. No I/O.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use futures_util::future::poll_immediate;
use quick_cache::sync::{Cache, EntryAction, EntryResult, PlaceholderGuard};
use quick_cache::{DefaultHashBuilder, UnitWeighter};

use crate::id::Digest;
use crate::record::{Change, Record};
use crate::store::Saved;

/// Sessions by their keys, and keys that are known to name none.
pub(super) struct Entries {
    live: Cache<Digest, Entry>,
    /// Apart, so that a crowd with dead cookies takes no room from sessions.
    absent: Cache<Digest, Instant>,
    /// Counts what was forgotten, so that a fill which found nothing can tell whether it is still true.
    forgotten: AtomicU64,
}

/// For how long a key is believed to name no session. Ids are not made twice, so only an import could make
/// one come true.
const ABSENT_FOR: Duration = Duration::from_secs(5);

/// For how long to wait for somebody else who loads the same session. Usually it takes a millisecond; but their
/// thread may be at work on something else.
const PATIENCE: Duration = Duration::from_millis(100);

/// A session as the database had it a while ago.
#[derive(Clone)]
struct Entry {
    record: Record,
    /// Before the database was asked, so that it is never taken for younger than it is.
    asked: Instant,
    /// The next version was announced. It may be this process's own, whose answer is on its way and tells what
    /// is in it; until then the entry answers nobody.
    is_overtaken: bool,
}

impl Entry {
    fn new(record: Record, asked: Instant) -> Self {
        Self { record, asked, is_overtaken: false }
    }

    /// The record as the database would answer it now, if the session is still live.
    fn record(&self, now: Instant) -> Option<Record> {
        let (remaining, since_seen) = self.times(now)?;
        Some(Record { remaining, since_seen, ..self.record.clone() })
    }

    fn times(&self, now: Instant) -> Option<(Duration, Duration)> {
        if self.is_overtaken {
            return None;
        }
        let age = now.saturating_duration_since(self.asked);
        let remaining = self.record.remaining.checked_sub(age).filter(|remaining| !remaining.is_zero())?;
        Some((remaining, self.record.since_seen.saturating_add(age)))
    }

    /// The session was used a moment ago, and has so long left.
    fn used(&mut self, asked: Instant, remaining: Duration) {
        let since_seen = self.record.since_seen.saturating_add(asked.saturating_duration_since(self.asked));
        let seen_at = TimeDelta::from_std(since_seen).ok();
        let seen_at = seen_at.and_then(|since| self.record.seen_at.checked_add_signed(since));
        self.record.seen_at = seen_at.unwrap_or(self.record.seen_at);
        self.record.since_seen = Duration::ZERO;
        self.record.remaining = remaining;
        self.asked = asked;
    }
}

/// What the cache knows of a key.
pub(super) enum Known<'a> {
    Live(Box<Record>),
    Absent,
    /// Nothing. Whoever gets this loads it; others who ask meanwhile wait for that.
    Nothing(Fill<'a>),
    /// Nothing, and whoever was to load it has not done so. All who have waited ask the database themselves, at
    /// once: in a line they would meet the same failure one after the other.
    Busy,
}

impl Entries {
    pub(super) fn new(capacity: usize) -> Self {
        // A sixteenth, but some: a dead cookie costs two statements.
        let absent = (capacity / 16).max(256);
        Self { live: Cache::new(capacity), absent: Cache::new(absent), forgotten: AtomicU64::new(0) }
    }

    /// Waits, at most, for somebody who loads the same session already, and not for long.
    ///
    /// # Cancellation
    ///
    /// Whoever waits may go away, and so may whoever loads.
    pub(super) async fn find(&self, key: &Digest) -> Known<'_> {
        loop {
            let mut find = pin!(self.live.get_value_or_guard_async(key));
            let at_once = poll_immediate(&mut find).await;
            let has_waited = at_once.is_none();
            let found = match at_once {
                Some(found) => found,
                None => match tokio::time::timeout(PATIENCE, find).await {
                    Ok(found) => found,
                    Err(_) => return Known::Busy,
                },
            };
            match found {
                Ok(entry) => {
                    if let Some(record) = entry.record(Instant::now()) {
                        return Known::Live(Box::new(record));
                    }
                    self.live.remove_if(key, |entry| entry.times(Instant::now()).is_none());
                }
                Err(guard) => {
                    let now = Instant::now();
                    if self.absent.get(key).is_some_and(|until| until > now) {
                        return Known::Absent;
                    }
                    if has_waited {
                        return Known::Busy;
                    }
                    let forgotten = self.forgotten.load(Ordering::Acquire);
                    return Known::Nothing(Fill { guard, entries: self, key: *key, asked: now, forgotten });
                }
            }
        }
    }

    /// A save by this process. What it wrote is known without asking, if it is all that has happened since.
    pub(super) fn saved(&self, key: &Digest, change: &Change, saved: &Saved, asked: Instant) {
        self.alter(key, |entry| {
            if entry.record.version >= saved.version {
                return true;
            }
            // A new lifetime is rare; the row says best what came of it.
            if entry.record.version + 1 != saved.version || change.lifetime.is_some() {
                return false;
            }
            entry.record.data = change.apply(&entry.record.data);
            entry.record.version = saved.version;
            entry.is_overtaken = false;
            entry.used(asked, saved.remaining);
            true
        });
    }

    /// A touch by this process.
    pub(super) fn touched(&self, key: &Digest, remaining: Duration, asked: Instant) {
        self.alter(key, |entry| {
            // One that was read later knows better, and one that was overtaken not enough.
            if entry.asked <= asked && !entry.is_overtaken {
                entry.used(asked, remaining);
            }
            true
        });
    }

    /// What has just been read past the cache. It is not kept, but what it shows to be old is dropped.
    pub(super) fn compare(&self, key: &Digest, version: i64) {
        self.alter(key, |entry| entry.record.version == version && !entry.is_overtaken);
    }

    /// Drops what is known of a key, and what somebody is about to learn of it.
    pub(super) fn forget(&self, key: &Digest) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.live.remove(key);
        self.absent.remove(key);
    }

    /// Drops everything, and what anybody is about to learn.
    pub(super) fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.live.clear();
        self.absent.clear();
    }

    /// Does as an announcement says: keys in base64, each with the version that its row has now, or with none
    /// if it ended or was changed behind the library's back; or `*` for everything.
    pub(super) fn heard(&self, announcement: &str) {
        for word in announcement.split_ascii_whitespace() {
            let (key, version) = match word.split_once('.') {
                Some((key, version)) => (key, version.parse().ok()),
                None => (word, None),
            };
            let mut bytes = [0; 33];
            let Ok(32) = STANDARD.decode_slice(key, &mut bytes) else {
                // Either everything, or nothing that this version understands.
                return self.forget_all();
            };
            let [bytes @ .., _] = bytes;
            let key = Digest::from_bytes(bytes);
            match version {
                Some(version) => self.alter(&key, |entry| {
                    entry.is_overtaken |= entry.record.version < version;
                    entry.record.version + 1 >= version
                }),
                None => self.forget(&key),
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    pub(super) fn hits(&self) -> u64 {
        self.live.hits()
    }

    pub(super) fn misses(&self) -> u64 {
        self.live.misses()
    }

    /// Changes an entry in its place, or drops it if `keeps` says no. What somebody is about to learn is not
    /// kept: it may have been read before.
    fn alter(&self, key: &Digest, keeps: impl FnOnce(&mut Entry) -> bool) {
        if !self.live.contains_key(key) {
            self.live.remove(key);
            return;
        }
        let at_once = Some(Duration::ZERO);
        let outcome = self.live.entry(key, at_once, |_, entry| match keeps(entry) {
            true => EntryAction::Retain(()),
            false => EntryAction::Remove,
        });
        if let EntryResult::Timeout = outcome {
            self.live.remove(key);
        }
    }
}

/// The right, and the duty, to load a session for all who want it.
///
/// What is found is kept only if nobody has said meanwhile that the session has changed. Dropped, all who wait load
/// it themselves.
pub(super) struct Fill<'a> {
    guard: Guard<'a>,
    entries: &'a Entries,
    key: Digest,
    asked: Instant,
    forgotten: u64,
}

type Guard<'a> = PlaceholderGuard<'a, Digest, Entry, UnitWeighter, DefaultHashBuilder, DefaultLifecycle>;
type DefaultLifecycle = quick_cache::sync::DefaultLifecycle<Digest, Entry>;

impl Fill<'_> {
    pub(super) fn found(self, record: &Record) {
        // An error says that an announcement came first.
        let _ = self.guard.insert(Entry::new(record.clone(), self.asked));
    }

    pub(super) fn found_nothing(self) {
        let Entries { absent, forgotten, .. } = self.entries;
        absent.insert(self.key, self.asked + ABSENT_FOR);
        // In this order: whoever forgets the key counts first, and then removes it.
        if forgotten.load(Ordering::Acquire) != self.forgotten {
            absent.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests;
