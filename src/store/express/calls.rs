//! The law, kept on connect-pg-simple's table.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{AssertSqlSafe, FromRow, PgExecutor, Postgres};

use super::row::{self, Next, Row};
use super::{ExpressStore, ExpressTouch};
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Change, Client, Lifetime, NewSession, Renewal, Restart};
use crate::store::postgres::care::rows;
use crate::store::postgres::fault::{is_unique_violation, store_error};
use crate::store::postgres::lone::begin;
use crate::store::postgres::lost::answered;
use crate::store::postgres::moment::Moment;
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
        Ok(self.rows(statement, 1).await?.into_iter().next())
    }

    async fn rows<T>(&self, statement: RowOf<T>, most: usize) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut leased = self.inner.connections.take().await.map_err(store_error)?;
        let rows = answered(&self.inner.pool, rows(&mut leased, statement, most)).await;
        leased.after(rows).map_err(store_error)
    }

    /// A mark of an end goes before a session: that one was brought back by Node.
    async fn find(&self, id: &SessionId) -> Result<Found, StoreError> {
        let sid = id.expose().to_owned();
        let statement = self.ask::<FoundRow>(&self.inner.sql.load).bind(sid).bind(ended(id));
        let rows = self.rows(statement, 2).await?;
        if rows.iter().any(|(is_session, ..)| !is_session) {
            return Ok(Found::Ended);
        }
        match rows.into_iter().next() {
            Some(row) => Found::session(row),
            None => Ok(Found::Absent),
        }
    }

    /// Writes the row that `next` makes of the live one.
    ///
    /// The first try goes by the text that was read. If somebody came in between, the second holds the row
    /// while it reads and writes, so that many writers at once stand in line instead of overtaking each
    /// other.
    async fn rewrite(
        &self,
        id: &SessionId,
        expected_version: Option<i64>,
        next: impl Fn(&Row) -> Next + Send + Sync,
        write: Write<'_>,
    ) -> Result<Updated, StoreError> {
        let Found::Live(row) = self.find(id).await? else { return Ok(Updated::Gone) };
        if expected_version.is_some_and(|version| version != row.version()) {
            return Ok(Updated::Conflict);
        }
        let planned = self.settled(next(&row));
        if let Some(saved) = self.send(&self.inner.pool, id, &row, &planned, &write).await? {
            return saved_as(saved, &planned);
        }
        let mut transaction = begin(&self.inner.pool).await.map_err(store_error)?;
        let locked = self.ask::<FoundRow>(&self.inner.sql.load_locked).bind(id.expose().to_owned());
        let Some(row) = locked.fetch_optional(&mut *transaction).await.map_err(store_error)? else {
            return Ok(Updated::Gone);
        };
        let Found::Live(row) = Found::session(row)? else { return Ok(Updated::Gone) };
        if expected_version.is_some_and(|version| version != row.version()) {
            return Ok(Updated::Conflict);
        }
        let planned = self.settled(next(&row));
        let saved = self.send(&mut *transaction, id, &row, &planned, &write).await?;
        // It is held, so only a rule of the database's own, a trigger or a policy, can be in the way.
        let saved = saved.ok_or_else(|| {
            StoreError::failed("a session's row can be read and not written: is there a trigger or a policy?")
        })?;
        transaction.commit().await.map_err(store_error)?;
        saved_as(saved, &planned)
    }

    /// Where the JSON may know of another lifetime than the column, it is the JSON that counts.
    fn settled(&self, next: Next) -> Next {
        Next { only_longer: next.only_longer && self.inner.touch == ExpressTouch::Row, ..next }
    }

    /// One try to write `next`. No answer: the row is not the one that was read any more.
    async fn send(
        &self,
        executor: impl PgExecutor<'_>,
        id: &SessionId,
        row: &Row,
        next: &Next,
        write: &Write<'_>,
    ) -> Result<Option<SavedRow>, StoreError> {
        let (sql, sid) = (&self.inner.sql, id.expose().to_owned());
        let answer = match write {
            // What would be written stands there already: a session until the browser closes, read.
            Write::Row if next.sess.is(&row.text) => self.send_touch(executor, sid, next).await,
            Write::Row => bind(self.ask(&sql.save).bind(sid), row, next).fetch_optional(executor).await,
            Write::Column => self.send_touch(executor, sid, next).await,
            Write::Sid { new, restart, late_grace } => {
                let statement = bind(self.ask(&sql.renew).bind(sid), row, next)
                    .bind(new.expose().to_owned())
                    .bind(ended(id))
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
                statement.fetch_optional(executor).await
            }
        };
        match answer {
            Err(error) if is_unique_violation(&error) => Err(StoreError::collision()),
            answer => answer.map_err(store_error),
        }
    }

    async fn send_touch(
        &self,
        executor: impl PgExecutor<'_>,
        sid: String,
        next: &Next,
    ) -> Result<Option<SavedRow>, sqlx::Error> {
        let touch = self.ask::<(f64,)>(&self.inner.sql.touch).bind(sid);
        let touch = touch.bind(next.left.as_secs_f64()).bind(next.deadline).bind(next.only_longer);
        Ok(touch.fetch_optional(executor).await?.map(|(remaining,)| (remaining, None)))
    }
}

/// Whether it is a session or the mark of one's end, `sess`, when it ends, and now.
type FoundRow = (bool, String, Moment, Moment);

/// What of a row is written.
enum Write<'a> {
    /// JSON and end.
    Row,
    /// The end alone.
    Column,
    /// All of it, under another sid.
    Sid { new: &'a SessionId, restart: Option<&'a Restart>, late_grace: Duration },
}

fn saved_as((remaining, text): SavedRow, next: &Next) -> Result<Updated, StoreError> {
    let version = match text {
        Some(text) => Row::read(text, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH)?.version(),
        None => next.version,
    };
    Ok(Updated::Saved(Saved { handle: next.handle, version, remaining: duration(remaining) }))
}

/// What stands under an id.
enum Found {
    Live(Box<Row>),
    Ended,
    Absent,
}

impl Found {
    fn session((_, text, ends_at, now): FoundRow) -> Result<Self, StoreError> {
        let row = Row::read(text, ends_at.0, now.0)?;
        Ok(if row.is_over() { Self::Absent } else { Self::Live(Box::new(row)) })
    }
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
fn ended(id: &SessionId) -> String {
    format!("ended:{}", URL_SAFE_NO_PAD.encode(id.digest().as_bytes()))
}

impl SessionStore for ExpressStore {
    fn reserved_names(&self) -> &'static [&'static str] {
        &row::RESERVED
    }

    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        let next = row::created(id, &new, self.inner.rules);
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
        Ok(match self.find(id).await? {
            Found::Live(row) => Loaded::Live(Box::new(row.record(id, self.inner.rules, by_cookie))),
            Found::Ended => Loaded::Ended,
            Found::Absent => Loaded::Absent,
        })
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        let next = |row: &Row| row.updated(id, &change, self.inner.rules);
        self.rewrite(id, change.expected_version, next, Write::Row).await
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        let next = |row: &Row| row.touched(id, lifetime, self.inner.rules);
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
        let Renewal { change, restart, proof, late_grace } = renewal;
        let next = |row: &Row| match &restart {
            None => row.renewed(old, &change, proof.as_ref(), self.inner.rules),
            Some(restart) => row.restarted(new, &change, restart, self.inner.rules),
        };
        let write = Write::Sid { new, restart: restart.as_ref(), late_grace };
        self.rewrite(old, change.expected_version, next, write).await
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        let mut id = id.clone();
        let mut has_ended = false;
        // Once, unless the session was renewed meanwhile: then after it, to wherever it has got.
        loop {
            let delete = self
                .ask::<(bool, Option<String>)>(&self.inner.sql.delete)
                .bind(id.expose().to_owned())
                .bind(ended(&id))
                .bind(Ended::text(None))
                .bind(late_grace.as_secs_f64());
            let (was_there, mark) = self.one(delete).await?.unwrap_or_default();
            has_ended |= was_there;
            // A renewal that the deletion has waited for left a mark that the same statement does not see.
            let mark = match mark {
                None if !was_there => {
                    let mark = self.ask::<(String,)>(&self.inner.sql.mark).bind(ended(&id));
                    self.one(mark).await?.map(|(mark,)| mark)
                }
                mark => mark,
            };
            let mark: Ended = mark.and_then(|mark| serde_json::from_str(&mark).ok()).unwrap_or_default();
            match mark.successor {
                Some(successor) => id = SessionId::from_secret(successor),
                None if has_ended => return Ok(Deleted::Ended),
                None => return Ok(Deleted::Gone),
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
