//! How many sessions there are, and of what kinds: counted, or estimated where counting would be slow.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow, PgConnection, Row};

use super::{Admin, AdminError, Counted};
use crate::store::postgres::Layout;
use crate::store::postgres::sql::admin::{AdminSql, MOST_DUE, SOME, state};

/// A table up to this size, some hundred thousand sessions, is counted.
const COUNTED_UP_TO: f64 = 64.0 * MEGABYTE;
/// Of a larger one so much is looked at: some ten thousand sessions, which tells shares to a hundredth.
const SAMPLE: f64 = 8.0 * MEGABYTE;
const MEGABYTE: f64 = 1024.0 * 1024.0;

/// How many sessions there are.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Census {
    /// Sessions that have not expired.
    pub live: u64,
    /// Those of them with an owner.
    pub signed_in: u64,
    /// Rows that have expired and are still there.
    pub expired: Counted,
    /// Live sessions by kind, the most frequent first.
    pub kinds: Vec<Kind>,
    /// Whether `live`, `signed_in` and `kinds` are estimates: by what PostgreSQL's books say of the rows, and by
    /// a sample of the pages.
    pub is_estimate: bool,
}

/// Live sessions that have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kind {
    /// Whether they have an owner.
    pub signed_in: bool,
    /// What their browsers call themselves.
    pub user_agent: Option<String>,
    /// How many there are.
    pub sessions: u64,
}

/// The columns of `state`.
#[derive(Debug)]
pub(super) struct State {
    pub(super) heap_bytes: i64,
    pub(super) table_bytes: i64,
    pub(super) index_bytes: i64,
    pub(super) rows: i64,
    pub(super) dead: i64,
    pub(super) last_vacuum: Option<DateTime<Utc>>,
    pub(super) updates: i64,
    pub(super) hot_updates: i64,
    pub(super) deleted: i64,
}

impl Admin {
    /// How many sessions there are, and of what kinds. Up to four statements, which take milliseconds at any size
    /// of the table: up to 64 MB all rows are counted, beyond that it is an
    /// [estimate](Census::is_estimate).
    ///
    /// A table in [`Layout::Distributed`] is counted in all shards, and its kinds are those of the first
    /// 20,000 rows that come.
    ///
    /// # Errors
    ///
    /// When the database fails or takes too long.
    pub async fn census(&self) -> Result<Census, AdminError> {
        let (sql, layout) = (Arc::clone(&self.sql), self.store.inner.layout);
        self.read(move |connection| Box::pin(async move { census(connection, &sql, layout).await })).await
    }
}

pub(super) async fn census(
    connection: &mut PgConnection,
    sql: &AdminSql,
    layout: Layout,
) -> Result<Census, sqlx::Error> {
    if layout.is_distributed() {
        let (live, expired) = one::<(i64, i64)>(connection, sql.all()).await?;
        let kinds = Kinds::of(all(connection, sql.kinds_of_some()).await?);
        let is_estimate = kinds.looked_at >= SOME as u64;
        return Ok(kinds.of_all(live.unsigned_abs(), Counted::Exactly(expired.unsigned_abs()), is_estimate));
    }
    let state = State::read(connection, sql).await?;
    let size = state.heap_bytes as f64;
    let is_estimate = size > COUNTED_UP_TO;
    let share = if is_estimate { SAMPLE / size } else { 1.0 };
    let statement = sqlx::query_as(AssertSqlSafe(sql.kinds())).bind(share as f32 * 100.0).persistent(false);
    let kinds = Kinds::of(statement.fetch_all(&mut *connection).await?);
    if !is_estimate {
        let (live, expired) = (kinds.live, kinds.looked_at - kinds.live);
        return Ok(kinds.of_all(live, Counted::Exactly(expired), false));
    }
    let (due, expired, _) = one::<(i64, i64, f64)>(connection, sql.due()).await?;
    let live = (state.rows - expired).unsigned_abs();
    Ok(kinds.of_all(live, counted(due, expired), true))
}

/// Rows that have expired, of those that pruning has to look at.
pub(super) fn counted(due: i64, expired: i64) -> Counted {
    let expired = expired.unsigned_abs();
    if due > MOST_DUE { Counted::MoreThan(expired.saturating_sub(1)) } else { Counted::Exactly(expired) }
}

/// Live, signed in, user agent, and how many.
type Group = (bool, bool, Option<String>, i64);

/// What was found of each kind, among the rows that were looked at.
struct Kinds {
    kinds: Vec<Kind>,
    live: u64,
    looked_at: u64,
}

impl Kinds {
    fn of(groups: Vec<Group>) -> Self {
        let mut found = Self { kinds: Vec::new(), live: 0, looked_at: 0 };
        for (is_live, signed_in, user_agent, sessions) in groups {
            let sessions = sessions.unsigned_abs();
            found.looked_at += sessions;
            if is_live {
                found.live += sessions;
                found.kinds.push(Kind { signed_in, user_agent, sessions });
            }
        }
        found.kinds.sort_by_key(|kind| Reverse(kind.sessions));
        found
    }

    /// The same shares of so many live sessions.
    fn of_all(mut self, live: u64, expired: Counted, is_estimate: bool) -> Census {
        if is_estimate {
            let factor = live as f64 / self.live.max(1) as f64;
            for kind in &mut self.kinds {
                kind.sessions = (kind.sessions as f64 * factor).round() as u64;
            }
        }
        let signed_in = self.kinds.iter().filter(|kind| kind.signed_in).map(|kind| kind.sessions).sum();
        Census { live, signed_in, expired, kinds: self.kinds, is_estimate }
    }
}

impl State {
    pub(super) async fn read(connection: &mut PgConnection, sql: &AdminSql) -> Result<Self, sqlx::Error> {
        let statement = sqlx::query_as(AssertSqlSafe(state())).bind(sql.table()).persistent(false);
        statement.fetch_one(connection).await
    }
}

/// The only row of an answer.
pub(super) async fn one<T>(connection: &mut PgConnection, sql: String) -> Result<T, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    sqlx::query_as(AssertSqlSafe(sql)).persistent(false).fetch_one(connection).await
}

async fn all<T>(connection: &mut PgConnection, sql: String) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    sqlx::query_as(AssertSqlSafe(sql)).persistent(false).fetch_all(connection).await
}

impl<'r> FromRow<'r, PgRow> for State {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            heap_bytes: row.try_get(0)?,
            table_bytes: row.try_get(1)?,
            index_bytes: row.try_get(2)?,
            rows: row.try_get(3)?,
            dead: row.try_get(4)?,
            last_vacuum: row.try_get(5)?,
            updates: row.try_get(6)?,
            hot_updates: row.try_get(7)?,
            deleted: row.try_get(8)?,
        })
    }
}
