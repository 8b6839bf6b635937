//! Connections that are taken out of the pool, and find their way back if there is one.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};
use tokio::runtime::Handle;

use super::fault::{has_an_old_plan, is_read_only};
use super::lost::{acquire, answered, throw_away_idle};

/// Where a store takes its connections from.
pub(in crate::store) struct Connections {
    pool: PgPool,
    renewed: Mutex<Renewed>,
}

/// When connections were last thrown away because others may do better.
#[derive(Default)]
struct Renewed {
    begun: Option<Instant>,
    /// Whatever was taken before that is to go when it comes back.
    until: Option<Instant>,
}

/// How often that may be done. If others do no better, nothing is gained.
const RENEWED_AT_MOST_EVERY: Duration = Duration::from_secs(1);

impl Connections {
    pub(in crate::store) fn of(pool: &PgPool) -> Arc<Self> {
        Arc::new(Self { pool: pool.clone(), renewed: Mutex::default() })
    }

    pub(in crate::store) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(in crate::store) async fn take(self: &Arc<Self>) -> Result<Leased, sqlx::Error> {
        // Not when it comes: the pool asks first whether it is alive, and others may be thrown away meanwhile.
        let since = Instant::now();
        let connection = Some(acquire(&self.pool).await?);
        Ok(Leased { connection, from: Arc::clone(self), since })
    }

    /// Throws away those that nobody uses, if that was not done a moment ago; and once more in a moment, for those that
    /// are on their way back into the pool, or are the application's.
    pub(super) fn renew(self: &Arc<Self>) {
        let now = Instant::now();
        let mut renewed = self.renewed();
        if renewed.begun.is_some_and(|when| now.duration_since(when) < RENEWED_AT_MOST_EVERY) {
            return;
        }
        *renewed = Renewed { begun: Some(now), until: Some(now) };
        drop(renewed);
        throw_away_idle(&self.pool);
        if let Ok(runtime) = Handle::try_current() {
            let again = Arc::clone(self);
            runtime.spawn(async move {
                tokio::time::sleep(RENEWED_AT_MOST_EVERY).await;
                again.renewed().until = Some(Instant::now());
                throw_away_idle(&again.pool);
            });
        }
    }

    fn renewed(&self) -> MutexGuard<'_, Renewed> {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection, and when it was taken out of the pool.
///
/// However it is dropped, it goes back if it is whole: what was sent through it has been answered. The pool would
/// wait for that as well, but for ever, and its place would be lost with the connection.
pub(in crate::store) struct Leased {
    connection: Option<PoolConnection<Postgres>>,
    from: Arc<Connections>,
    since: Instant,
}

impl Leased {
    pub(super) fn pool(&self) -> &PgPool {
        &self.from.pool
    }

    /// For how long it has been out.
    pub(super) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Whether the others have been thrown away since it was taken: it may lead to a server that was left.
    pub(super) fn is_outdated(&self) -> bool {
        self.from.renewed().until.is_some_and(|when| self.since < when)
    }

    /// Gives it back, when it has just answered.
    pub(super) fn give_back(self) {
        // Nothing can be wrong with this answer.
        let _ = self.after(Ok(()));
    }

    /// Gives it back, or throws it away, as its last answer says. What has just answered cannot be lost, so the pool
    /// may have it at once.
    pub(in crate::store) fn after<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let connection = self.connection.take();
        if answer.as_ref().is_err_and(is_read_only) {
            self.from.renew();
        }
        let is_to_go = self.is_outdated()
            || match &answer {
                Err(error) if has_an_old_plan(error) => true,
                // What is no error that the server has told may have left something that the next one would take
                // for its answer.
                Err(error) => error.as_database_error().is_none(),
                Ok(_) => false,
            };
        if is_to_go {
            drop(connection.map(PoolConnection::detach));
        }
        answer
    }
}

impl Deref for Leased {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect(HERE)
    }
}

impl DerefMut for Leased {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect(HERE)
    }
}

/// Whoever takes it out takes the lease with it.
const HERE: &str = "a lease has its connection";

impl Drop for Leased {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // Without a runtime no answer comes any more.
        let runtime = Handle::try_current().ok().filter(|_| !self.is_outdated());
        let Some(runtime) = runtime else { return drop(connection.detach()) };
        let pool = self.from.pool.clone();
        runtime.spawn(async move {
            match answered(&pool, connection.ping()).await {
                Ok(()) => drop(connection),
                Err(_) => drop(connection.detach()),
            }
        });
    }
}
