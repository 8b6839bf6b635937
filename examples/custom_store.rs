//! A store of your own, and the proof that it obeys the law.
//!
//! This one keeps a session's values as a JSON text in a map; yours may keep it in a file or in
//! another database. The whole of the store is the first half of this file. The second half is a
//! server that uses it, and the test suite that holds it to the law:
//!
//! ```sh
//! cargo test --example custom_store --features test-util
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_pg_session::{
    Change, Client, Created, Data, Digest, Lifetime, Loaded, NewSession, Record, Renewal, Saved, Session,
    SessionId, SessionMiddleware, SessionStore, StoreError, Touched, Updated,
};
use actix_web::{App, HttpServer, Result, web};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Sessions as JSON texts.
#[derive(Clone, Default)]
struct TextStore(Arc<Mutex<Table>>);

/// The law asks that what has expired is absent, not that it is deleted: a real store would also
/// prune.
#[derive(Default)]
struct Table {
    rows: HashMap<Digest, Row>,
    ended: HashMap<Digest, DateTime<Utc>>,
    /// How far tests have turned the clock.
    ahead: Duration,
}

#[derive(Clone)]
struct Row {
    /// All but the values, which are in `json`, and the times left, which depend on when one looks.
    facts: Record,
    json: String,
    expires_at: DateTime<Utc>,
}

impl TextStore {
    /// One lock around each method makes it one step; in SQL, one statement does.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.ahead
    }

    /// Every method looks here first, so an expired session is absent to all of them.
    fn live(&mut self, id: &SessionId) -> Option<&mut Row> {
        let now = self.now();
        self.rows.get_mut(id.digest()).filter(|row| row.expires_at > now)
    }

    fn end(&mut self, id: &SessionId, late_grace: Duration) {
        self.rows.remove(id.digest());
        if !late_grace.is_zero() {
            self.ended.insert(*id.digest(), self.now() + late_grace);
        }
    }
}

impl Row {
    fn new(id: &SessionId, new: NewSession, now: DateTime<Utc>) -> Self {
        let NewSession { data, owner, client: _, lifetime } = new;
        // Half of a digest of a random id is random, and is no way back to the id.
        let handle =
            u128::from_be_bytes(*id.digest().as_bytes().first_chunk().expect("a digest has 32 bytes"));
        let facts = Record {
            handle: Uuid::from_u128(handle),
            data: Data::default(),
            authenticated_at: owner.as_ref().map(|_| now),
            owner: owner.map(Arc::from),
            created_at: now,
            seen_at: now,
            idle: lifetime.idle,
            deadline: None,
            persistent: lifetime.persistent,
            version: 1,
            remaining: Duration::ZERO,
            since_seen: Duration::ZERO,
        };
        let mut row = Self { facts, json: data.to_json(), expires_at: now };
        row.set_lifetime(lifetime, now);
        row
    }

    fn set_lifetime(&mut self, lifetime: Lifetime, now: DateTime<Utc>) {
        self.facts.idle = lifetime.idle;
        self.facts.persistent = lifetime.persistent;
        self.facts.deadline = lifetime.absolute.map(|absolute| self.facts.created_at + absolute);
        self.expires_at = self.idle_end(now);
    }

    fn idle_end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let idle_end = now + self.facts.idle;
        self.facts.deadline.map_or(idle_end, |deadline| idle_end.min(deadline))
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.facts.seen_at = now;
        self.expires_at = self.expires_at.max(self.idle_end(now));
    }

    fn merge(&mut self, change: &Change, now: DateTime<Utc>) -> Result<Updated, StoreError> {
        let before = Data::from_json(&self.json).map_err(StoreError::corrupt)?;
        self.json = change.apply(&before).to_json();
        self.facts.version += 1;
        self.touch(now);
        if let Some(lifetime) = change.lifetime {
            self.set_lifetime(lifetime, now);
        }
        let Record { handle, version, .. } = self.facts;
        Ok(Updated::Saved(Saved { handle, version, remaining: self.remaining(now) }))
    }

    fn remaining(&self, now: DateTime<Utc>) -> Duration {
        (self.expires_at - now).to_std().unwrap_or_default()
    }

    fn conflicts_with(&self, change: &Change) -> bool {
        change.expected_version.is_some_and(|version| version != self.facts.version)
    }
}

impl SessionStore for TextStore {
    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        let mut table = self.table();
        if table.live(id).is_some() {
            return Err(StoreError::collision());
        }
        let now = table.now();
        let row = Row::new(id, new, now);
        let created = Created { handle: row.facts.handle, remaining: row.remaining(now) };
        table.rows.insert(*id.digest(), row);
        Ok(created)
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        let mut table = self.table();
        let now = table.now();
        let Some(row) = table.live(id) else {
            let ended = table.ended.get(id.digest()).is_some_and(|until| *until > now);
            return Ok(if ended { Loaded::Ended } else { Loaded::Absent });
        };
        Ok(Loaded::Live(Box::new(Record {
            data: Data::from_json(&row.json).map_err(StoreError::corrupt)?,
            remaining: row.remaining(now),
            since_seen: (now - row.facts.seen_at).to_std().unwrap_or_default(),
            ..row.facts.clone()
        })))
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        let mut table = self.table();
        let now = table.now();
        match table.live(id) {
            None => Ok(Updated::Gone),
            Some(row) if row.conflicts_with(&change) => Ok(Updated::Conflict),
            Some(row) => row.merge(&change, now),
        }
    }

    async fn touch(&self, id: &SessionId) -> Result<Touched, StoreError> {
        let mut table = self.table();
        let now = table.now();
        let Some(row) = table.live(id) else { return Ok(Touched::Gone) };
        row.touch(now);
        Ok(Touched::Moved { remaining: row.remaining(now) })
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        let Renewal { change, restart, late_grace } = renewal;
        let mut table = self.table();
        let now = table.now();
        if table.live(new).is_some() {
            return Err(StoreError::collision());
        }
        let mut row = match table.live(old) {
            None => return Ok(Updated::Gone),
            Some(row) if row.conflicts_with(&change) => return Ok(Updated::Conflict),
            Some(row) => row.clone(),
        };
        if let Some(restart) = restart {
            let data = Data::from_json(&row.json).map_err(StoreError::corrupt)?;
            let begin = NewSession {
                data,
                owner: restart.owner,
                client: Client::default(),
                lifetime: restart.lifetime,
            };
            row = Row::new(new, begin, now);
        }
        let saved = row.merge(&change, now)?;
        table.end(old, late_grace);
        table.rows.insert(*new.digest(), row);
        Ok(saved)
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<(), StoreError> {
        let mut table = self.table();
        if table.live(id).is_some() {
            table.end(id, late_grace);
        }
        Ok(())
    }
}

async fn visit(session: Session) -> Result<String> {
    session.update_or("visits", 1_u32, |n| n + 1)?;
    Ok(format!("visit {}\n", session.get::<u32>("visits")?.unwrap_or_default()))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = std::env::var("SESSION_SECRET")?;
    let sessions = SessionMiddleware::builder(TextStore::default(), secret).build()?;
    let app = move || App::new().wrap(sessions.clone()).route("/", web::get().to(visit));
    HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?;
    Ok(())
}

#[cfg(test)]
mod law {
    use super::*;
    use actix_pg_session::test_util::{StoreUnderTest, conformance_tests};

    #[derive(Default)]
    struct UnderTest(TextStore);

    impl StoreUnderTest for UnderTest {
        type Store = TextStore;

        fn store(&self) -> &TextStore {
            &self.0
        }

        async fn elapse(&self, by: Duration) {
            self.0.table().ahead += by;
        }
    }

    conformance_tests!(UnderTest::default());
}
