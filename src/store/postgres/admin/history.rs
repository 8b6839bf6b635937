//! How many sessions there were: readings, kept in the database.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow, PgConnection, Row};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::census::{State, census};
use super::{Admin, AdminError};
use crate::store::postgres::Layout;
use crate::store::postgres::sql::admin::AdminSql;
use crate::telemetry;

/// How long readings are kept.
const DAYS: i32 = 90;

/// What was read at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// When.
    pub at: DateTime<Utc>,
    /// Live sessions; for a large table, about.
    pub live: u64,
    /// Sign-ins since the reading before. One that was signed out of since is not among them.
    pub signed_in: u64,
    /// Sessions that began without an owner since then, and are still there.
    pub anonymous: u64,
    /// Rows deleted since then: signed out, revoked, pruned. `None` where PostgreSQL's books begin.
    pub ended: Option<u64>,
}

impl Admin {
    /// Takes a reading for [`history`](Self::history), unless somebody has taken that of this stretch of time. Each
    /// process may ask as often as it likes. Up to six statements.
    ///
    /// # Errors
    ///
    /// When the database fails or takes too long.
    pub async fn take_reading(&self, every: Duration) -> Result<(), AdminError> {
        let (sql, layout) = (Arc::clone(&self.sql), self.store.inner.layout);
        let every = every.as_secs_f64();
        self.write(move |connection| Box::pin(async move { take(connection, &sql, layout, every).await }))
            .await
    }

    /// Readings of the last so long, the earliest first. One statement.
    ///
    /// There are none unless somebody [takes](Self::start_recording) them.
    ///
    /// # Errors
    ///
    /// When the database fails or takes too long.
    pub async fn history(&self, last: Duration) -> Result<Vec<Reading>, AdminError> {
        let text = self.sql.readings();
        let last = last.as_secs_f64();
        self.read(move |connection| {
            Box::pin(async move {
                let statement = sqlx::query_as(AssertSqlSafe(text)).bind(last).persistent(false);
                let rows: Vec<Line> = statement.fetch_all(connection).await?;
                Ok(rows.into_iter().map(|Line(reading)| reading).collect())
            })
        })
        .await
    }

    /// Takes a reading every five minutes, in a task of the current runtime, until the handle is stopped or
    /// dropped. Errors are logged, and the next reading comes. With several processes, one reading is taken of
    /// each five minutes. They are kept for ninety days, in `<table>_history`.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use = "dropping the handle stops recording"]
    pub fn start_recording(&self) -> Recorder {
        self.start_recording_every(Duration::from_secs(5 * 60))
    }

    /// [`start_recording`](Self::start_recording), at another pace: at least a second, at most a day.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use = "dropping the handle stops recording"]
    pub fn start_recording_every(&self, every: Duration) -> Recorder {
        let every = every.clamp(Duration::from_secs(1), Duration::from_secs(24 * 60 * 60));
        let (stop, mut stopped) = oneshot::channel::<()>();
        let admin = self.clone();
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = admin.take_reading(every).await {
                    telemetry::reading_failed(&error);
                }
                // Twice in each stretch, so that none is left out.
                if tokio::time::timeout(every / 2, &mut stopped).await.is_ok() {
                    return;
                }
            }
        });
        Recorder { stop: Some(stop), task }
    }
}

/// A task that takes readings.
#[derive(Debug)]
pub struct Recorder {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Ends it after the reading that is under way.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let task = &mut self.task;
        let _ = task.await;
    }
}

/// Lets the reading under way finish, and no other begin.
impl Drop for Recorder {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

async fn take(
    connection: &mut PgConnection,
    sql: &AdminSql,
    layout: Layout,
    every: f64,
) -> Result<(), sqlx::Error> {
    let has_reading = sqlx::query_as(AssertSqlSafe(sql.has_reading())).bind(every).bind(DAYS);
    let (is_there, has_old): (bool, bool) = has_reading.persistent(false).fetch_one(&mut *connection).await?;
    if is_there {
        return Ok(());
    }
    let live = census(connection, sql, layout).await?.live;
    let deleted = State::read(connection, sql).await?.deleted;
    let keep = sqlx::query(AssertSqlSafe(sql.keep_reading())).bind(every);
    let keep = keep.bind(i64::try_from(live).unwrap_or(i64::MAX)).bind(deleted);
    keep.persistent(false).execute(&mut *connection).await?;
    if has_old {
        let forget = sqlx::query(AssertSqlSafe(sql.forget_readings())).bind(DAYS);
        forget.persistent(false).execute(connection).await?;
    }
    Ok(())
}

/// How a row is read is nobody else's business.
struct Line(Reading);

impl<'r> FromRow<'r, PgRow> for Line {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let number = |column: usize| row.try_get(column).map(i64::unsigned_abs);
        Ok(Self(Reading {
            at: row.try_get(0)?,
            live: number(1)?,
            signed_in: number(2)?,
            anonymous: number(3)?,
            ended: row.try_get::<Option<i64>, _>(4)?.map(i64::unsigned_abs),
        }))
    }
}
