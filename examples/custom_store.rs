//! A store of your own, and the proof that it obeys the law.
//!
//! What the law's calls do to one session is done by [`StoredSession`]. A store finds the session,
//! lets nobody in between, and remembers which ids have just ended. This one has a map; yours may
//! have a file, or another database.
//!
//! ```sh
//! cargo test --example custom_store --features test-util
//! ```

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_pg_session::{
    Change, Created, Deleted, Digest, Lifetime, Loaded, NewSession, Renewal, Session, SessionId,
    SessionMiddleware, SessionStore, StoreError, StoredSession, Touched, Updated,
};
use actix_web::{App, HttpServer, Result, web};
use chrono::{DateTime, Utc};

/// A map, behind a lock that makes each call one step; in SQL, one statement does.
///
/// Expired entries only count as absent here. A real store would also prune them.
#[derive(Default)]
struct MapStore {
    map: Mutex<Map>,
    /// How far tests have turned the clock.
    ahead: AtomicU64,
}

type Map = HashMap<Digest, Entry>;

enum Entry {
    Session(Box<StoredSession>),
    /// Signed out or renewed away: late requests are recognised until then, and a late sign-out finds
    /// the session under the id that it got.
    Ended(DateTime<Utc>, Option<Digest>),
}

impl MapStore {
    fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store's clock: the only one that decides about expiry. With several processes it would
    /// have to be one clock for all of them, such as a database's.
    #[expect(clippy::disallowed_methods, reason = "there is no database here whose clock could decide")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + Duration::from_secs(self.ahead.load(Ordering::Relaxed))
    }
}

/// Every call looks here first, so an expired session is absent to all of them.
fn live<'a>(map: &'a mut Map, key: &Digest, now: DateTime<Utc>) -> Option<&'a mut StoredSession> {
    match map.get_mut(key)? {
        Entry::Session(session) if session.is_live(now) => Some(session),
        _ => None,
    }
}

impl SessionStore for MapStore {
    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        let (mut map, now) = (self.map(), self.now());
        if live(&mut map, id.digest(), now).is_some() {
            return Err(StoreError::collision());
        }
        let session = StoredSession::new(new, now);
        let created = session.created(now);
        map.insert(*id.digest(), Entry::Session(session.into()));
        Ok(created)
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        let now = self.now();
        Ok(match self.map().get(id.digest()) {
            Some(Entry::Session(session)) if session.is_live(now) => Loaded::Live(session.record(now).into()),
            Some(Entry::Ended(until, _)) if *until > now => Loaded::Ended,
            _ => Loaded::Absent,
        })
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        let now = self.now();
        Ok(live(&mut self.map(), id.digest(), now)
            .map_or(Updated::Gone, |session| session.update(&change, now)))
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        let now = self.now();
        Ok(live(&mut self.map(), id.digest(), now)
            .map_or(Touched::Gone, |session| session.touch(lifetime, now)))
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        let (mut map, now) = (self.map(), self.now());
        if live(&mut map, new.digest(), now).is_some() {
            return Err(StoreError::collision());
        }
        let until = now + renewal.late_grace;
        // A sign-in is another session, which a sign-out of the old one does not mean.
        let successor = renewal.restart.is_none().then_some(*new.digest());
        let Some(session) = live(&mut map, old.digest(), now) else { return Ok(Updated::Gone) };
        let (renewed, answer) = session.renewed(renewal, now);
        if let Updated::Saved(_) = answer {
            map.insert(*old.digest(), Entry::Ended(until, successor));
            map.insert(*new.digest(), Entry::Session(renewed.into()));
        }
        Ok(answer)
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        let (mut map, now) = (self.map(), self.now());
        let mut key = *id.digest();
        while let Some(Entry::Ended(until, Some(successor))) = map.get(&key)
            && *until > now
        {
            key = *successor;
        }
        if live(&mut map, &key, now).is_none() {
            return Ok(Deleted::Gone);
        }
        map.insert(key, Entry::Ended(now + late_grace, None));
        Ok(Deleted::Ended)
    }
}

async fn visit(session: Session) -> Result<String> {
    session.update_or("visits", 1_u32, |n| n + 1)?;
    Ok(format!("visit {}\n", session.get::<u32>("visits")?.unwrap_or_default()))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sessions =
        SessionMiddleware::builder(MapStore::default(), std::env::var("SESSION_SECRET")?).build()?;
    let app = move || App::new().wrap(sessions.clone()).route("/", web::get().to(visit));
    HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?;
    Ok(())
}

#[cfg(test)]
mod law {
    use super::{Duration, MapStore, Ordering};
    use actix_pg_session::test_util::{StoreUnderTest, conformance_tests};

    struct UnderTest(MapStore);

    impl StoreUnderTest for UnderTest {
        type Store = MapStore;

        fn store(&self) -> &MapStore {
            &self.0
        }

        async fn elapse(&self, by: Duration) {
            self.0.ahead.fetch_add(by.as_secs() + 1, Ordering::Relaxed);
        }
    }

    conformance_tests!(UnderTest(MapStore::default()));
}
