//! Answers that do not come, because a connection is lost and nobody has told us.
//!
//! A firewall that forgets a connection, a machine that vanishes: what is sent gets nowhere, and no error comes back
//! for a quarter of an hour, or ever. Whoever waited for the answer would hold its place in the pool, or in a lane, as
//! long as that. But an answer may also be late because the server is at work, or waits for a lock; to give that up
//! would leave it at work for nobody, and the next one beside it, until it has no connection left. So the server is
//! asked.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres, Row as _};
use tokio::time::timeout;

use super::care::contained;
use super::sql;

/// When an answer is late enough to ask. Usual ones take milliseconds.
const LATE: Duration = Duration::from_secs(3);

/// Before it is asked once more: a transaction may have been between two of its statements.
const AGAIN: Duration = Duration::from_secs(1);

/// How long asking may take. Who gets no answer to that either knows nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for an answer as long as the server may be at work for it. `work` is about one connection, which is there.
///
/// Several statements have the time of one: if each takes seconds, the server is never at work at one for as long as all
/// of them have taken, and the connection is given up, as if it were lost.
///
/// # Errors
///
/// Those of `work`; and when the connection is lost. The server has told neither, so `Leased::after` closes it.
pub(in crate::store) async fn answered<T>(
    pool: &PgPool,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let begin = Instant::now();
    let mut work = pin!(contained(work));
    let mut wait = LATE;
    loop {
        if let Ok(answer) = timeout(wait, &mut work).await {
            return answer;
        }
        // Apart: to connect takes much room, and hardly any answer is late.
        let is_at_work = Box::pin(contained(is_at_work(pool, begin.elapsed())));
        match select(&mut work, pin!(timeout(PATIENCE, is_at_work))).await {
            Either::Left((answer, _)) => return answer,
            Either::Right((Ok(Ok(false)), _)) if wait == AGAIN => {
                // It is not the only one.
                throw_away_idle(pool);
                return Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, LOST)));
            }
            Either::Right((Ok(Ok(false)), _)) => wait = AGAIN,
            Either::Right(_) => wait = LATE,
        }
    }
}

const LOST: &str = "the connection is lost: the server does not work at what was sent, and no answer came";

/// Whether the server has been at work for so long, or nearly, at something of this application.
async fn is_at_work(pool: &PgPool, since: Duration) -> Result<bool, sqlx::Error> {
    // Not one of the pool's, all of which may be lost.
    let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
    // The simple protocol, which is one message, and so goes through PgBouncer as one.
    let question = sql::at_work(since.as_secs_f64() / 2.0);
    let row = sqlx::raw_sql(AssertSqlSafe(question)).fetch_one(&mut connection).await?;
    let is_at_work = row.try_get(0)?;
    connection.close().await?;
    Ok(is_at_work)
}

/// Closes the connections that nobody uses. The pool opens others.
pub(super) fn throw_away_idle(pool: &PgPool) {
    while let Some(connection) = pool.try_acquire() {
        drop(connection.detach());
    }
}

/// A connection of the pool.
///
/// The pool tests each before it gives it out, which takes for ever if it is lost, or until the pool's own time limit.
/// By then nobody may wait for it. So after a while the pool's others are thrown away, and another one is opened.
///
/// All in all it takes no longer than the pool's own time limit.
pub(in crate::store) async fn acquire(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    let (begin, limit) = (Instant::now(), pool.options().get_acquire_timeout());
    let mut acquired = pin!(contained(pool.acquire()));
    loop {
        let left = limit.saturating_sub(begin.elapsed());
        if let Ok(acquired) = timeout(LATE.min(left), &mut acquired).await {
            return acquired;
        }
        if begin.elapsed() >= limit {
            return Err(sqlx::Error::PoolTimedOut);
        }
        // Who stands in line for one that others use must not lose its place.
        if !is_wanted_by_others(pool) {
            throw_away_idle(pool);
            acquired.set(contained(pool.acquire()));
        }
    }
}

/// Whether somebody else may be waiting for a connection: there is none idle, and no more can be opened.
/// The pool serves whoever waits in order, so that the application has its turn before the lane's next.
pub(super) fn is_wanted_by_others(pool: &PgPool) -> bool {
    pool.num_idle() == 0 && pool.size() >= pool.options().get_max_connections()
}
