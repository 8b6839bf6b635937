//! Sessions in this process's memory: the shortest reading of the law, and the store for tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Created, Loaded, Saved, SessionStore, Touched, Updated};
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::record::{Change, Client, Data, Lifetime, NewSession, Record, Renewal};

/// A store that forgets everything when the process ends.
///
/// For tests and trials. Its clock can be turned with [`advance`](Self::advance). Expired sessions
/// are dropped when they are looked up and, all of them, at each thousandth creation.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    rows: HashMap<Digest, Row>,
    ended: HashMap<Digest, Ended>,
    started: Instant,
    started_at: DateTime<Utc>,
    advanced: Duration,
    created: u64,
}

/// An id that ended a moment ago.
#[derive(Clone, Copy, Debug)]
struct Ended {
    /// For how long that is remembered.
    until: Duration,
    /// The id that the same session got, if it was renewed.
    successor: Option<Digest>,
}

/// Times are durations since the store began, on a clock that only goes forward.
#[derive(Clone, Debug)]
struct Row {
    handle: Uuid,
    data: Data,
    owner: Option<Arc<str>>,
    created: Duration,
    seen: Duration,
    authenticated: Option<Duration>,
    idle: Duration,
    deadline: Option<Duration>,
    persistent: bool,
    expires: Duration,
    version: i64,
}

/// This store's own clock, as PostgreSQL's is that of the other.
#[expect(clippy::disallowed_methods, reason = "there is no database here whose clock could decide")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

impl Default for State {
    fn default() -> Self {
        Self {
            rows: HashMap::new(),
            ended: HashMap::new(),
            started: Instant::now(),
            started_at: now(),
            advanced: Duration::ZERO,
            created: 0,
        }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Turns the store's clock forward.
    pub fn advance(&self, by: Duration) {
        self.state().advanced += by;
    }

    /// How many sessions are live.
    pub fn len(&self) -> usize {
        let state = self.state();
        let now = state.now();
        state.rows.values().filter(|row| row.expires > now).count()
    }

    /// Whether no session is live.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A panic while the lock is held cannot leave a row half written, so poison is no reason to
    /// stop.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> Duration {
        self.started.elapsed() + self.advanced
    }

    fn at(&self, time: Duration) -> DateTime<Utc> {
        let since = TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
        self.started_at.checked_add_signed(since).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The live row under `key`; an expired one is dropped on the way.
    fn live(&mut self, key: &Digest, now: Duration) -> Option<&mut Row> {
        if self.rows.get(key).is_some_and(|row| row.expires <= now) {
            self.rows.remove(key);
        }
        self.rows.get_mut(key)
    }

    fn sweep(&mut self, now: Duration) {
        self.rows.retain(|_, row| row.expires > now);
        self.ended.retain(|_, ended| ended.until > now);
    }

    fn remember_ended(
        &mut self,
        key: Digest,
        successor: Option<Digest>,
        now: Duration,
        late_grace: Duration,
    ) {
        if !late_grace.is_zero() {
            self.ended.insert(key, Ended { until: now + late_grace, successor });
        }
    }

    /// What is remembered of an id that ended a moment ago.
    fn ended(&self, key: &Digest, now: Duration) -> Option<Ended> {
        self.ended.get(key).copied().filter(|ended| ended.until > now)
    }
}

impl Row {
    fn new(new: NewSession, now: Duration) -> Self {
        let NewSession { data, owner, client: Client { .. }, lifetime } = new;
        let mut row = Self {
            handle: random_handle(),
            data,
            authenticated: owner.as_ref().map(|_| now),
            owner: owner.map(Arc::from),
            created: now,
            seen: now,
            idle: lifetime.idle,
            deadline: None,
            persistent: lifetime.persistent,
            expires: Duration::ZERO,
            version: 1,
        };
        row.set_lifetime(lifetime, now);
        row
    }

    fn set_lifetime(&mut self, lifetime: Lifetime, now: Duration) {
        self.idle = lifetime.idle;
        self.deadline = lifetime.absolute.map(|absolute| self.created + absolute);
        self.persistent = lifetime.persistent;
        self.expires = self.idle_end(now);
    }

    fn idle_end(&self, now: Duration) -> Duration {
        let idle_end = now.saturating_add(self.idle);
        self.deadline.map_or(idle_end, |deadline| idle_end.min(deadline))
    }

    fn touch(&mut self, now: Duration) {
        self.seen = now;
        self.expires = self.expires.max(self.idle_end(now));
    }

    fn merge(&mut self, change: &Change, now: Duration) {
        self.data = change.apply(&self.data);
        self.version += 1;
        self.touch(now);
        if let Some(lifetime) = change.lifetime {
            self.set_lifetime(lifetime, now);
        }
    }

    fn saved(&self, now: Duration) -> Updated {
        Updated::Saved(Saved {
            handle: self.handle,
            version: self.version,
            remaining: self.expires.saturating_sub(now),
        })
    }
}

/// A version 4 UUID from the operating system's generator; a handle is public, so nil would do if
/// that failed.
fn random_handle() -> Uuid {
    let mut bytes = [0; 16];
    let _ = rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

impl SessionStore for MemoryStore {
    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        let mut state = self.state();
        let now = state.now();
        if state.live(id.digest(), now).is_some() {
            return Err(StoreError::collision());
        }
        state.created += 1;
        if state.created.is_multiple_of(1000) {
            state.sweep(now);
        }
        let row = Row::new(new, now);
        let created = Created { handle: row.handle, remaining: row.expires - now };
        state.rows.insert(*id.digest(), row);
        Ok(created)
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        let mut state = self.state();
        let now = state.now();
        let Some(row) = state.live(id.digest(), now).cloned() else {
            let ended = state.ended(id.digest(), now);
            return Ok(if ended.is_some() { Loaded::Ended } else { Loaded::Absent });
        };
        Ok(Loaded::Live(Box::new(Record {
            handle: row.handle,
            created_at: state.at(row.created),
            seen_at: state.at(row.seen),
            authenticated_at: row.authenticated.map(|time| state.at(time)),
            deadline: row.deadline.map(|time| state.at(time)),
            data: row.data,
            owner: row.owner,
            idle: row.idle,
            persistent: row.persistent,
            version: row.version,
            remaining: row.expires - now,
            since_seen: now - row.seen,
        })))
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        let mut state = self.state();
        let now = state.now();
        let Some(row) = state.live(id.digest(), now) else {
            return Ok(Updated::Gone);
        };
        if change.expected_version.is_some_and(|version| version != row.version) {
            return Ok(Updated::Conflict);
        }
        row.merge(&change, now);
        Ok(row.saved(now))
    }

    async fn touch(&self, id: &SessionId) -> Result<Touched, StoreError> {
        let mut state = self.state();
        let now = state.now();
        let Some(row) = state.live(id.digest(), now) else {
            return Ok(Touched::Gone);
        };
        row.touch(now);
        Ok(Touched::Moved { remaining: row.expires - now })
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        let mut state = self.state();
        let now = state.now();
        if state.live(new.digest(), now).is_some() {
            return Err(StoreError::collision());
        }
        let Some(row) = state.live(old.digest(), now) else {
            return Ok(Updated::Gone);
        };
        let Renewal { change, restart, late_grace } = renewal;
        if change.expected_version.is_some_and(|version| version != row.version) {
            return Ok(Updated::Conflict);
        }
        let mut row = row.clone();
        let successor = restart.is_none().then_some(*new.digest());
        if let Some(restart) = restart {
            row = Row::new(
                NewSession {
                    data: row.data,
                    owner: restart.owner,
                    client: restart.client,
                    lifetime: restart.lifetime,
                },
                now,
            );
        }
        row.merge(&change, now);
        let saved = row.saved(now);
        state.rows.remove(old.digest());
        state.rows.insert(*new.digest(), row);
        state.remember_ended(*old.digest(), successor, now, late_grace);
        Ok(saved)
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<(), StoreError> {
        let mut state = self.state();
        let now = state.now();
        let mut key = *id.digest();
        while state.live(&key, now).is_none() {
            let Some(successor) = state.ended(&key, now).and_then(|ended| ended.successor) else {
                return Ok(());
            };
            key = successor;
        }
        state.rows.remove(&key);
        state.remember_ended(key, None, now, late_grace);
        Ok(())
    }
}
