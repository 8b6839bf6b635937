//! Calls into sqlx, with care: it takes a server at its word, and panics where that makes no sense.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt as _, TryStreamExt as _};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Either, Executor as _, FromRow, PgPool, Postgres};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::lone::RowOf;

/// Makes an error of a panic. A message that is too short, or a moment beyond all years, is a database that is broken,
/// and no reason to end a thread.
pub(in crate::store) async fn contained<T>(
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let answer = AssertUnwindSafe(call).catch_unwind().await;
    answer.unwrap_or_else(|_| Err(sqlx::Error::Protocol("sqlx has panicked at what the server said".into())))
}

/// How long somebody who is silent is waited for when nobody waits for the answer any more.
///
/// Longer than statements may usually take: a connection that is given up while the server is at work for it is one
/// more to the server than to the pool.
pub(in crate::store) const SILENCE: Duration = Duration::from_secs(20);

/// A connection of the pool, while something is said on it.
///
/// sqlx waits without end for the answer to what was said before, when it takes a connection back. From a server that
/// is gone without a word none comes, so that place in the pool would be lost.
pub(in crate::store) struct Held {
    connection: Option<PoolConnection<Postgres>>,
    may_be_dropped: bool,
}

impl Held {
    pub(in crate::store) fn new(connection: PoolConnection<Postgres>) -> Self {
        Self { connection: Some(connection), may_be_dropped: false }
    }

    /// Waits for one.
    pub(in crate::store) async fn from(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self::new(acquire(pool).await?))
    }

    /// What is said is no transaction: if nobody waits for the answer, the connection goes back after it.
    pub(in crate::store) fn which_may_be_dropped(mut self) -> Self {
        self.may_be_dropped = true;
        self
    }

    /// Gives the connection back, unless what went wrong may have left something in it that the next one would take
    /// for its answer: anything but an error that the server has told.
    pub(in crate::store) fn after<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if let Some(connection) = self.connection.take() {
            match &answer {
                Err(error) if error.as_database_error().is_none() => drop(connection.detach()),
                _ => drop(connection),
            }
        }
        answer
    }

    /// The connection, after an answer as it should be.
    pub(in crate::store) fn into_inner(mut self) -> Option<PoolConnection<Postgres>> {
        self.connection.take()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        match Handle::try_current() {
            Ok(runtime) if self.may_be_dropped => {
                drop(runtime.spawn(async move {
                    let answer = timeout(SILENCE, contained(connection.ping())).await;
                    if !matches!(answer, Ok(Ok(()))) {
                        drop(connection.detach());
                    }
                }));
            }
            _ => drop(connection.detach()),
        }
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect(TAKEN)
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect(TAKEN)
    }
}

const TAKEN: &str = "the connection is only taken out of what is dropped then";

/// A connection of the pool.
pub(in crate::store) async fn acquire(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    contained(pool.acquire()).await
}

/// The rows that a statement answers, at most so many.
///
/// sqlx takes any end for the end. If it is that of another answer, because one came twice or not at all, no row is no
/// answer, and the next statement would get this one's. So the answer must be complete, with as many rows as the server
/// says there are, and once.
pub(in crate::store) async fn rows<T>(
    connection: &mut PgConnection,
    statement: RowOf<T>,
    most: usize,
) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let out_of_step = || sqlx::Error::Protocol("the server has answered something else".into());
    contained(async {
        let (mut rows, mut is_complete) = (Vec::new(), false);
        let mut answer = connection.fetch_many(statement);
        while let Some(part) = answer.try_next().await? {
            match part {
                _ if is_complete => return Err(out_of_step()),
                Either::Left(done) if done.rows_affected() == rows.len() as u64 => is_complete = true,
                Either::Left(_) => return Err(out_of_step()),
                Either::Right(_) if rows.len() == most => return Err(out_of_step()),
                Either::Right(row) => rows.push(T::from_row(&row)?),
            }
        }
        if is_complete { Ok(rows) } else { Err(out_of_step()) }
    })
    .await
}
