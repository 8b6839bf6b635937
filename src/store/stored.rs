//! The law's arithmetic on one session, for stores that have no SQL to do it in.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Created, Device, Saved, Touched, Updated};
use crate::cookie::CookieAttributes;
use crate::record::{Change, Client, Data, Lifetime, NewSession, Record, Renewal};

/// A session as a store without SQL may keep it.
///
/// It knows what each of the law's calls does to *one* session; which session, and that nobody else
/// comes in between, is the store's part. `now` is always the store's own clock. The store asks
/// [`is_live`](Self::is_live) before anything else.
#[derive(Clone, Debug)]
pub struct StoredSession {
    handle: Uuid,
    data: Data,
    owner: Option<Arc<str>>,
    credential: Option<Arc<str>>,
    client: Client,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    authenticated_at: Option<DateTime<Utc>>,
    idle: Duration,
    deadline: Option<DateTime<Utc>>,
    persistent: bool,
    expires_at: DateTime<Utc>,
    version: i64,
    cookie: Option<CookieAttributes>,
}

impl StoredSession {
    /// A session that begins now.
    pub fn new(new: NewSession, now: DateTime<Utc>) -> Self {
        let mut session = Self {
            handle: random_handle(),
            data: new.data,
            authenticated_at: new.owner.as_ref().map(|_| now),
            owner: new.owner.map(Arc::from),
            credential: new.credential.map(Arc::from),
            client: new.client,
            created_at: now,
            seen_at: now,
            idle: Duration::ZERO,
            deadline: None,
            persistent: true,
            expires_at: now,
            version: 1,
            cookie: new.cookie,
        };
        session.set_lifetime(new.lifetime, now);
        session
    }

    /// Whether it has not expired. One that has is absent to every call.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now
    }

    /// What `create` answers.
    pub fn created(&self, now: DateTime<Utc>) -> Created {
        Created { handle: self.handle, remaining: self.remaining(now) }
    }

    /// What `load` answers.
    pub fn record(&self, now: DateTime<Utc>) -> Record {
        Record {
            handle: self.handle,
            data: self.data.clone(),
            owner: self.owner.clone(),
            credential: self.credential.clone(),
            created_at: self.created_at,
            seen_at: self.seen_at,
            authenticated_at: self.authenticated_at,
            idle: self.idle,
            deadline: self.deadline,
            persistent: self.persistent,
            version: self.version,
            remaining: self.remaining(now),
            since_seen: between(self.seen_at, now),
            cookie: self.cookie.clone(),
        }
    }

    /// Who asked for it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Who is signed in with it.
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// The public handle.
    pub fn handle(&self) -> Uuid {
        self.handle
    }

    /// By what it is told which session has not been used for longest.
    pub fn last_used(&self) -> (DateTime<Utc>, DateTime<Utc>, Uuid) {
        (self.seen_at, self.created_at, self.handle)
    }

    /// What `sessions_of` answers of it.
    pub fn device(&self, now: DateTime<Utc>) -> Device {
        Device {
            handle: self.handle,
            client: self.client.clone(),
            created_at: self.created_at,
            seen_at: self.seen_at,
            authenticated_at: self.authenticated_at,
            since_created: between(self.created_at, now),
            since_seen: between(self.seen_at, now),
            expires_in: self.remaining(now),
            is_current: false,
        }
    }

    /// What `update` does, unless the row has another version than the expected one.
    pub fn update(&mut self, change: &Change, now: DateTime<Utc>) -> Updated {
        if change.expected_version.is_some_and(|version| version != self.version) {
            return Updated::Conflict;
        }
        self.data = change.apply(&self.data);
        self.version += 1;
        self.slide(now);
        if let Some(lifetime) = change.lifetime {
            self.set_lifetime(lifetime, now);
        }
        let remaining = self.remaining(now);
        Updated::Saved(Saved { handle: self.handle, version: self.version, remaining })
    }

    /// What `touch` does.
    pub fn touch(&mut self, lifetime: Option<Lifetime>, now: DateTime<Utc>) -> Touched {
        self.slide(now);
        if let Some(lifetime) = lifetime {
            self.set_lifetime(lifetime, now);
        }
        Touched::Moved { remaining: self.remaining(now) }
    }

    /// The session to keep under the new id, and what `renew` answers. This one stays as it is, for
    /// the store to drop.
    pub fn renewed(&self, renewal: Renewal, now: DateTime<Utc>) -> (Self, Updated) {
        let mut renewed = self.clone();
        let answer = renewed.update(&renewal.change, now);
        if let Some(proof) = renewal.proof {
            renewed.authenticated_at = renewed.authenticated_at.map(|_| now);
            renewed.credential = proof.credential.map(Arc::from).or(renewed.credential);
        }
        let (Some(restart), Updated::Saved(_)) = (renewal.restart, answer) else {
            return (renewed, answer);
        };
        let begun = Self::new(
            NewSession {
                data: renewed.data,
                owner: restart.owner,
                credential: restart.credential,
                client: restart.client,
                lifetime: restart.lifetime,
                cookie: restart.cookie,
            },
            now,
        );
        let Created { handle, remaining } = begun.created(now);
        let saved = Saved { handle, version: begun.version, remaining };
        (begun, Updated::Saved(saved))
    }

    fn set_lifetime(&mut self, lifetime: Lifetime, now: DateTime<Utc>) {
        self.idle = lifetime.idle;
        self.deadline = lifetime.absolute.map(|absolute| after(self.created_at, absolute));
        self.persistent = lifetime.persistent;
        self.expires_at = self.idle_end(now);
    }

    fn slide(&mut self, now: DateTime<Utc>) {
        self.seen_at = now;
        self.expires_at = self.expires_at.max(self.idle_end(now));
    }

    fn idle_end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let idle_end = after(now, self.idle);
        self.deadline.map_or(idle_end, |deadline| idle_end.min(deadline))
    }

    fn remaining(&self, now: DateTime<Utc>) -> Duration {
        between(now, self.expires_at)
    }
}

/// A time that much later, or the last there is.
pub(super) fn after(time: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
    time.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn between(earlier: DateTime<Utc>, later: DateTime<Utc>) -> Duration {
    (later - earlier).to_std().unwrap_or_default()
}

/// A version 4 UUID from the operating system's generator. A handle is public and guards nothing, so
/// nil would do if that failed.
fn random_handle() -> Uuid {
    let mut bytes = [0; 16];
    let _ = rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
