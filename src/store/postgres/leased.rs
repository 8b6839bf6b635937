//! A connection that was taken out of the pool, and finds its way back if there is one.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};
use tokio::runtime::Handle;

use super::lost::{acquire, answered, is_lost};

/// A connection, and when it was taken out of the pool.
///
/// However it is dropped, it goes back if it is whole: what was sent through it has been answered. The pool would
/// wait for that as well, but for ever, and its place would be lost with the connection.
pub(super) struct Leased {
    connection: Option<PoolConnection<Postgres>>,
    pool: PgPool,
    since: Instant,
}

impl Leased {
    pub(super) async fn take(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let connection = Some(acquire(pool).await?);
        Ok(Self { connection, pool: pool.clone(), since: Instant::now() })
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// For how long it has been out.
    pub(super) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// What has just been answered cannot be lost: the pool may have it at once.
    pub(super) fn give_back(mut self) {
        drop(self.connection.take());
    }

    /// Closes it. The pool may open another one.
    pub(super) fn throw_away(mut self) {
        drop(self.connection.take().map(PoolConnection::detach));
    }

    /// Gives it back, or throws it away, as its last answer says.
    pub(super) fn after<T>(self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        match &answer {
            Err(error) if is_lost(error) => self.throw_away(),
            _ => self.give_back(),
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
        let Ok(runtime) = Handle::try_current() else { return drop(connection.detach()) };
        let pool = self.pool.clone();
        runtime.spawn(async move {
            match answered(&pool, connection.ping()).await {
                Err(error) if is_lost(&error) => drop(connection.detach()),
                // The pool looks once more, and closes what is broken.
                _ => drop(connection),
            }
        });
    }
}
