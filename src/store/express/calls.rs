//! The law, kept on connect-pg-simple's table.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{AssertSqlSafe, FromRow, Postgres};

use super::row::{self, Next, Row};
use super::{ExpressStore, ExpressTouch};
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Change, Client, Lifetime, NewSession, Renewal, Restart};
use crate::store::postgres::fault::{is_unique_violation, store_error};
use crate::store::{Created, Deleted, Loaded, Saved, SessionStore, Touched, Updated};

type RowOf<T> = QueryAs<'static, Postgres, T, PgArguments>;

/// What a save answers: seconds left, and the text where the database has changed it.
type SavedRow = (f64, Option<String>);

impl ExpressStore {
    /// A statement whose text this crate wrote and whose names it quoted.
    pub(super) fn ask<T: for<'r> FromRow<'r, PgRow>>(&self, sql: &Arc<str>) -> RowOf<T> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(sql))).persistent(self.inner.prepared_statements)
    }

    async fn one<T>(&self, statement: RowOf<T>) -> Result<Option<T>, StoreError>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        statement.fetch_optional(&self.inner.pool).await.map_err(store_error)
    }

    async fn find(&self, sid: &str) -> Result<Found, StoreError> {
        type Answer = (bool, String, DateTime<Utc>, DateTime<Utc>);
        let statement = self.ask::<Answer>(&self.inner.sql.load).bind(sid.to_owned()).bind(ended(sid));
        let rows = statement.fetch_all(&self.inner.pool).await.map_err(store_error)?;
        let mut found = Found::Absent;
        for (is_session, text, ends_at, now) in rows {
            if is_session {
                let row = Row::read(text, ends_at, now)?;
                return Ok(if row.is_over() { Found::Absent } else { Found::Live(Box::new(row)) });
            }
            let Ended { successor } = serde_json::from_str(&text).unwrap_or_default();
            found = Found::Ended { successor };
        }
        Ok(found)
    }

    /// Writes the row that `next` makes of the live one, again until nobody comes in between.
    async fn rewrite(
        &self,
        id: &SessionId,
        expected_version: Option<i64>,
        next: impl Fn(&Row) -> Next + Send + Sync,
        write: Write<'_>,
    ) -> Result<Updated, StoreError> {
        loop {
            let Found::Live(row) = self.find(id.expose()).await? else { return Ok(Updated::Gone) };
            if expected_version.is_some_and(|version| version != row.version()) {
                return Ok(Updated::Conflict);
            }
            let mut next = next(&row);
            // Where the JSON may know of another lifetime than the column, it is the JSON that counts.
            next.only_longer &= self.inner.touch == ExpressTouch::Row;
            if let Some((remaining, text)) = self.send(id, &row, &next, &write).await? {
                let version = match text {
                    Some(text) => Row::read(text, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH)?.version(),
                    None => next.version,
                };
                let remaining = duration(remaining);
                return Ok(Updated::Saved(Saved { handle: next.handle, version, remaining }));
            }
        }
    }

    /// One try to write `next`. No answer: the row is not the one that was read any more.
    async fn send(
        &self,
        id: &SessionId,
        row: &Row,
        next: &Next,
        write: &Write<'_>,
    ) -> Result<Option<SavedRow>, StoreError> {
        let (sql, sid) = (&self.inner.sql, id.expose().to_owned());
        match write {
            Write::Row => self.one(bind(self.ask(&sql.save).bind(sid), row, next)).await,
            Write::Column => {
                let touch = self.ask::<(f64,)>(&sql.touch).bind(sid);
                let touch = touch.bind(next.left.as_secs_f64()).bind(next.deadline);
                Ok(self.one(touch).await?.map(|(remaining,)| (remaining, None)))
            }
            Write::Sid { new, restart, late_grace } => {
                let statement = bind(self.ask(&sql.renew).bind(sid), row, next)
                    .bind(new.expose().to_owned())
                    .bind(ended(id.expose()))
                    .bind(Ended::text(restart.is_none().then_some(*new)))
                    .bind(late_grace.as_secs_f64());
                let statement = match self.inner.table.admin_columns {
                    true => {
                        let restarts = statement.bind(restart.is_some());
                        let owner = restart.and_then(|restart| restart.owner.clone());
                        let client = restart.map(|restart| restart.client.clone());
                        bind_admin(restarts, owner, client.unwrap_or_default())
                    }
                    false => statement,
                };
                match statement.fetch_optional(&self.inner.pool).await {
                    Err(error) if is_unique_violation(&error) => Err(StoreError::collision()),
                    answer => answer.map_err(store_error),
                }
            }
        }
    }
}

/// What of a row is written.
enum Write<'a> {
    /// JSON and end.
    Row,
    /// The end alone.
    Column,
    /// All of it, under another sid.
    Sid { new: &'a SessionId, restart: Option<&'a Restart>, late_grace: Duration },
}

/// What stands under an id.
enum Found {
    Live(Box<Row>),
    Ended { successor: Option<String> },
    Absent,
}

/// The JSON of a row that remembers an end.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Ended {
    /// The id that the same session got, if it was renewed.
    successor: Option<String>,
}

impl Ended {
    fn text(successor: Option<&SessionId>) -> String {
        let ended = Self { successor: successor.map(|id| id.expose().to_owned()) };
        // A string or nothing has nothing in it that could fail to be written.
        serde_json::to_string(&ended).unwrap_or_default()
    }
}

/// The sid under which it is remembered that another has ended. No cookie names it: nobody signs it.
fn ended(sid: &str) -> String {
    let digest = SessionId::from_secret(sid);
    let mut name = String::from("ended:");
    for byte in digest.digest().as_bytes() {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

impl SessionStore for ExpressStore {
    fn reserved_names(&self) -> &'static [&'static str] {
        &row::RESERVED
    }

    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        let next = row::created(id, &new, self.inner.ttl);
        let statement = self
            .ask::<(f64,)>(&self.inner.sql.create)
            .bind(id.expose().to_owned())
            .bind(next.sess.pieces)
            .bind(next.sess.times)
            .bind(next.left.as_secs_f64());
        let statement = match self.inner.table.admin_columns {
            true => bind_admin(statement, new.owner, new.client),
            false => statement,
        };
        let (remaining,) = self.one(statement).await?.ok_or_else(StoreError::collision)?;
        Ok(Created { handle: next.handle, remaining: duration(remaining) })
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        let by_cookie = self.inner.touch == ExpressTouch::Column;
        Ok(match self.find(id.expose()).await? {
            Found::Live(row) => Loaded::Live(Box::new(row.record(id, self.inner.ttl, by_cookie))),
            Found::Ended { .. } => Loaded::Ended,
            Found::Absent => Loaded::Absent,
        })
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        let next = |row: &Row| row.updated(id, &change, self.inner.ttl);
        self.rewrite(id, change.expected_version, next, Write::Row).await
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        let next = |row: &Row| row.touched(id, lifetime, self.inner.ttl);
        let write = match self.inner.touch {
            ExpressTouch::Row => Write::Row,
            ExpressTouch::Column => Write::Column,
        };
        Ok(match self.rewrite(id, None, next, write).await? {
            Updated::Saved(Saved { remaining, .. }) => Touched::Moved { remaining },
            Updated::Gone | Updated::Conflict => Touched::Gone,
        })
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        // Within one statement the old sid would make room for itself.
        if old == new {
            return Err(StoreError::collision());
        }
        let Renewal { change, restart, late_grace } = renewal;
        let next = |row: &Row| match &restart {
            None => row.renewed(old, &change, self.inner.ttl),
            Some(restart) => row.restarted(new, &change, restart, self.inner.ttl),
        };
        let write = Write::Sid { new, restart: restart.as_ref(), late_grace };
        self.rewrite(old, change.expected_version, next, write).await
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        let mut sid = id.expose().to_owned();
        // Once, unless the session was renewed meanwhile: then after it, to wherever it has got.
        loop {
            let delete = self
                .ask::<(bool,)>(&self.inner.sql.delete)
                .bind(sid.clone())
                .bind(ended(&sid))
                .bind(Ended::text(None))
                .bind(late_grace.as_secs_f64());
            if self.one(delete).await?.is_some() {
                return Ok(Deleted::Ended);
            }
            match self.find(&sid).await? {
                Found::Ended { successor: Some(successor) } => sid = successor,
                // Inserted between the two statements.
                Found::Live(_) => {}
                Found::Ended { successor: None } | Found::Absent => return Ok(Deleted::Gone),
            }
        }
    }
}

/// Binds `$2` to `$7` of `save` and `renew`.
fn bind(statement: RowOf<SavedRow>, row: &Row, next: &Next) -> RowOf<SavedRow> {
    statement
        .bind(row.text.clone())
        .bind(next.sess.pieces.clone())
        .bind(next.sess.times.clone())
        .bind(next.left.as_secs_f64())
        .bind(next.deadline)
        .bind(next.only_longer)
}

fn bind_admin<T: for<'r> FromRow<'r, PgRow>>(
    statement: RowOf<T>,
    owner: Option<String>,
    client: Client,
) -> RowOf<T> {
    statement.bind(owner).bind(client.ip.map(|ip| ip.to_string())).bind(client.user_agent)
}

/// Seconds as PostgreSQL counts them. Below zero is over.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
