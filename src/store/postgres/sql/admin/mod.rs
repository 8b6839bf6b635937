//! What an administrator asks, and ends.
//!
//! Put together for each question, since a plan is only as good as the conditions that it knows. The fragments
//! are of this file; whatever somebody typed goes along as a parameter. On a cluster all of it runs on the
//! coordinator, in all shards.

mod filter;
mod history;
mod sample;
mod state;

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

use super::super::admin::{Cursor, Filter, Position, Whom};
use super::super::names::Names;
use filter::{Rows, push_conditions, push_whom};
pub(in crate::store::postgres) use sample::{MOST_DUE, SOME};
pub(in crate::store::postgres) use state::{OLDEST_TRANSACTION, indexes, state};

pub(in crate::store::postgres) type Question = QueryBuilder<Postgres>;

/// The statements for one table of sessions.
#[derive(Clone, Debug)]
pub(in crate::store::postgres) struct AdminSql {
    sessions: String,
    history: String,
}

/// What a list shows of a row: not its data, and of that only the size that it has on the disk. There may be
/// rows without an end, which neither sums nor chrono can hold.
const SUMMARY: &str = "id, owner, host(ip), user_agent, created_at, seen_at, authenticated_at, ends,
    extract(epoch from ends - statement_timestamp())::float8, extract(epoch from statement_timestamp() - seen_at)::float8, pg_catalog.pg_column_size(data)";

/// The end of a session, or the last that there is.
const ENDS: &str = "lateral (select least(expires_at, timestamptz '9999-12-31 UTC') as ends) as end_of_it";

impl AdminSql {
    pub(in crate::store::postgres) fn new(names: &Names) -> Self {
        Self { sessions: names.sessions(), history: names.history() }
    }

    /// The table of sessions, as a parameter of what names no table in its text.
    pub(in crate::store::postgres) fn table(&self) -> String {
        self.sessions.clone()
    }

    /// A page of a list, in the order in which it is read: the newest first, or towards the newest.
    pub(in crate::store::postgres) fn page(&self, filter: &Filter, from: Position, limit: i64) -> Question {
        let mut sql = Question::new(format!("select {SUMMARY} from {}, {ENDS}", self.sessions));
        push_conditions(&mut sql, filter, Rows::Shown);
        let (cursor, comparison, direction) = match from {
            Position::Newest => (None, "", "desc"),
            Position::OlderThan(cursor) => (Some(cursor), " and (created_at, id) < (", "desc"),
            Position::NewerThan(cursor) => (Some(cursor), " and (created_at, id) > (", "asc"),
        };
        if let Some(Cursor { created_at, handle }) = cursor {
            sql.push(comparison).push_bind(created_at).push(", ").push_bind(handle).push(")");
        }
        sql.push(format_args!(" order by created_at {direction}, id {direction} limit ")).push_bind(limit);
        sql
    }

    /// One session and its data.
    pub(in crate::store::postgres) fn one(&self, whom: Whom) -> Question {
        let more = "data::text, extract(epoch from idle_timeout)::float8,
            least(deadline, timestamptz '9999-12-31 UTC'), persistent, version";
        let mut sql = Question::new(format!("select {SUMMARY}, {more} from {}, {ENDS}", self.sessions));
        sql.push(" where expires_at > '-infinity' and ");
        push_whom(&mut sql, whom);
        sql.push(" limit 1");
        sql
    }

    /// How many there are, counted up to `most`.
    pub(in crate::store::postgres) fn count(&self, filter: &Filter, most: Option<i64>) -> Question {
        let mut sql = Question::new(format!("select count(*) from (select from {}", self.sessions));
        push_conditions(&mut sql, filter, Rows::Shown);
        sql.push(" limit ").push_bind(most).push(") as counted");
        sql
    }

    /// Keys of sessions to be ended, of those that had begun by then.
    pub(in crate::store::postgres) fn doomed(
        &self,
        filter: &Filter,
        until: DateTime<Utc>,
        limit: i64,
    ) -> Question {
        let mut sql = Question::new(format!("select key from {}", self.sessions));
        push_conditions(&mut sql, filter, Rows::Ended);
        sql.push(" and created_at <= ").push_bind(until).push(" limit ").push_bind(limit);
        sql
    }

    /// Ends those of these keys that are still what was looked for.
    pub(in crate::store::postgres) fn end(&self, filter: &Filter, keys: Vec<Vec<u8>>) -> Question {
        let mut sql = Question::new(format!("delete from {}", self.sessions));
        push_conditions(&mut sql, filter, Rows::Ended);
        sql.push(" and key = any(").push_bind(keys).push(")");
        sql
    }

    /// Ends all at once.
    pub(in crate::store::postgres) fn empty(&self) -> String {
        format!("truncate {}", self.sessions)
    }
}

/// The database's clock.
pub(in crate::store::postgres) const CLOCK: &str = "select statement_timestamp()";

/// The beginning of a transaction that only reads, and spends no longer than this on a statement.
pub(in crate::store::postgres) fn begin_reading(limit: Duration) -> String {
    format!("begin read only; set local statement_timeout = {}", limit.as_millis())
}

/// The beginning of a transaction that spends no longer than this on a statement, and this on a lock.
pub(in crate::store::postgres) fn begin_writing(limit: Duration, for_locks: Duration) -> String {
    format!(
        "begin; set local statement_timeout = {}; set local lock_timeout = {}",
        limit.as_millis(),
        for_locks.as_millis()
    )
}
