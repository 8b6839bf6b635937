//! Sessions in this process's memory: the shortest reading of the law, and the store for tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::stored::after;
use super::{Created, Loaded, SessionStore, StoredSession, Touched, Updated};
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::record::{Change, NewSession, Renewal};

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
    /// Ids that ended a moment ago, and until when that is remembered.
    ended: HashMap<Digest, DateTime<Utc>>,
    created: u64,
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
    fn live(&mut self, id: &SessionId) -> Option<(&mut StoredSession, DateTime<Utc>)> {
        let now = self.clock.now();
        let session = self.sessions.get_mut(id.digest()).filter(|session| session.is_live(now))?;
        Some((session, now))
    }

    fn end(&mut self, id: &SessionId, late_grace: Duration) {
        self.sessions.remove(id.digest());
        if !late_grace.is_zero() {
            self.ended.insert(*id.digest(), after(self.clock.now(), late_grace));
        }
    }

    fn sweep(&mut self) {
        let now = self.clock.now();
        self.sessions.retain(|_, session| session.is_live(now));
        self.ended.retain(|_, until| *until > now);
    }
}

impl SessionStore for MemoryStore {
    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        let mut state = self.state();
        if state.live(id).is_some() {
            return Err(StoreError::collision());
        }
        state.created += 1;
        if state.created.is_multiple_of(1000) {
            state.sweep();
        }
        let now = state.clock.now();
        let session = StoredSession::new(new, now);
        let created = session.created(now);
        state.sessions.insert(*id.digest(), session);
        Ok(created)
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        let mut state = self.state();
        if let Some((session, now)) = state.live(id) {
            return Ok(Loaded::Live(Box::new(session.record(now))));
        }
        let now = state.clock.now();
        let has_ended = state.ended.get(id.digest()).is_some_and(|until| *until > now);
        Ok(if has_ended { Loaded::Ended } else { Loaded::Absent })
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        let mut state = self.state();
        Ok(state.live(id).map_or(Updated::Gone, |(session, now)| session.update(&change, now)))
    }

    async fn touch(&self, id: &SessionId) -> Result<Touched, StoreError> {
        let mut state = self.state();
        Ok(state.live(id).map_or(Touched::Gone, |(session, now)| session.touch(now)))
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        let mut state = self.state();
        if state.live(new).is_some() {
            return Err(StoreError::collision());
        }
        let Some((session, now)) = state.live(old) else {
            return Ok(Updated::Gone);
        };
        let late_grace = renewal.late_grace;
        let (renewed, answer) = session.renewed(renewal, now);
        if let Updated::Saved(_) = answer {
            state.end(old, late_grace);
            state.sessions.insert(*new.digest(), renewed);
        }
        Ok(answer)
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.live(id).is_some() {
            state.end(id, late_grace);
        }
        Ok(())
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
    fn default() -> Self {
        Self { started_at: Utc::now(), started: Instant::now(), advanced: Duration::ZERO }
    }
}
