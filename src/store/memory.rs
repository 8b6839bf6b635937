//! Sessions in this process's memory: the shortest reading of the law, and the store for tests.

mod owners;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::stored::after;
use super::{Created, Deleted, Loaded, Owners, SessionStore, StoredSession, Touched, Updated};
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::record::{Change, Lifetime, NewSession, Record, Renewal};

/// A store that forgets everything when the process ends.
///
/// For tests and trials. Clones share the sessions. Its clock can be turned with
/// [`advance`](Self::advance). Expired sessions are dropped at each thousandth creation.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    clock: Clock,
    sessions: HashMap<Digest, StoredSession>,
    ended: HashMap<Digest, Ended>,
    created: u64,
}

/// An id that ended a moment ago.
#[derive(Clone, Copy, Debug)]
struct Ended {
    /// How long that is remembered.
    until: DateTime<Utc>,
    /// The id that the same session got, if it was renewed.
    successor: Option<Digest>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Turns the store's clock forward.
    pub fn advance(&self, by: Duration) {
        self.state().clock.advanced += by;
    }

    /// How many sessions are live.
    pub fn len(&self) -> usize {
        let state = self.state();
        let now = state.clock.now();
        state.sessions.values().filter(|session| session.is_live(now)).count()
    }

    /// The live sessions, by the digests of their ids: for tests that look into the store.
    pub fn records(&self) -> Vec<(Digest, Record)> {
        let state = self.state();
        let now = state.clock.now();
        let live = state.sessions.iter().filter(|(_, session)| session.is_live(now));
        live.map(|(key, session)| (*key, session.record(now))).collect()
    }

    /// Whether no session is live.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lock makes each call one step. A panic cannot leave a session half written, so poison is
    /// no reason to stop.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The session, and the time at which it is live.
    fn live(&mut self, key: &Digest) -> Option<(&mut StoredSession, DateTime<Utc>)> {
        let now = self.clock.now();
        let session = self.sessions.get_mut(key).filter(|session| session.is_live(now))?;
        Some((session, now))
    }

    /// What is remembered of an id that ended a moment ago.
    fn ended(&self, key: &Digest) -> Option<Ended> {
        let now = self.clock.now();
        self.ended.get(key).copied().filter(|ended| ended.until > now)
    }

    fn end(&mut self, key: &Digest, successor: Option<Digest>, late_grace: Duration) {
        self.sessions.remove(key);
        if !late_grace.is_zero() {
            let until = after(self.clock.now(), late_grace);
            self.ended.insert(*key, Ended { until, successor });
        }
    }

    fn sweep(&mut self) {
        let now = self.clock.now();
        self.sessions.retain(|_, session| session.is_live(now));
        self.ended.retain(|_, ended| ended.until > now);
    }

    fn create(&mut self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        if self.live(id.digest()).is_some() {
            return Err(StoreError::collision());
        }
        self.created += 1;
        if self.created.is_multiple_of(1000) {
            self.sweep();
        }
        let now = self.clock.now();
        let session = StoredSession::new(new, now);
        let created = session.created(now);
        self.sessions.insert(*id.digest(), session);
        Ok(created)
    }

    fn renew(&mut self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        if self.live(new.digest()).is_some() {
            return Err(StoreError::collision());
        }
        let Some((session, now)) = self.live(old.digest()) else {
            return Ok(Updated::Gone);
        };
        let late_grace = renewal.late_grace;
        // Who begins anew is nobody whom a sign-out of the old session means.
        let successor = renewal.restart.is_none().then_some(*new.digest());
        let (renewed, answer) = session.renewed(renewal, now);
        if let Updated::Saved(_) = answer {
            self.end(old.digest(), successor, late_grace);
            self.sessions.insert(*new.digest(), renewed);
        }
        Ok(answer)
    }
}

impl SessionStore for MemoryStore {
    fn owners(&self) -> Option<Owners<'_>> {
        Some(Owners::of(self))
    }

    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        self.state().create(id, new)
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        let mut state = self.state();
        if let Some((session, now)) = state.live(id.digest()) {
            return Ok(Loaded::Live(Box::new(session.record(now))));
        }
        Ok(if state.ended(id.digest()).is_some() { Loaded::Ended } else { Loaded::Absent })
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        let mut state = self.state();
        Ok(state.live(id.digest()).map_or(Updated::Gone, |(session, now)| session.update(&change, now)))
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        let mut state = self.state();
        Ok(state.live(id.digest()).map_or(Touched::Gone, |(session, now)| session.touch(lifetime, now)))
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        self.state().renew(old, new, renewal)
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        let mut state = self.state();
        let mut key = *id.digest();
        while state.live(&key).is_none() {
            let Some(successor) = state.ended(&key).and_then(|ended| ended.successor) else {
                return Ok(Deleted::Gone);
            };
            key = successor;
        }
        state.end(&key, None, late_grace);
        Ok(Deleted::Ended)
    }
}

/// A clock that only goes forward, however the machine's is set.
#[derive(Debug)]
struct Clock {
    started_at: DateTime<Utc>,
    started: Instant,
    advanced: Duration,
}

impl Clock {
    fn now(&self) -> DateTime<Utc> {
        after(self.started_at, self.started.elapsed() + self.advanced)
    }
}

impl Default for Clock {
    #[expect(clippy::disallowed_methods, reason = "there is no database here whose clock could decide")]
    fn default() -> Self {
        Self { started_at: Utc::now(), started: Instant::now(), advanced: Duration::ZERO }
    }
}
