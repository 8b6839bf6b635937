//! The law, kept on connect-pg-simple's table.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow};

use super::rewrite::{Rewrite, Write};
use super::row::{self, Row};
use super::{ExpressStore, ExpressTouch};
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Change, Client, Lifetime, NewSession, Renewal};
use crate::store::postgres::fault::store_error;
use crate::store::postgres::lone::{RowOf, sent};
use crate::store::postgres::moment::Moment;
use crate::store::{Created, Deleted, Loaded, Saved, SessionStore, Touched, Updated};

impl ExpressStore {
    /// A statement whose text this crate wrote and whose names it quoted.
    pub(super) fn ask<T: for<'r> FromRow<'r, PgRow>>(&self, sql: &Arc<str>) -> RowOf<T> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(sql))).persistent(self.inner.prepared_statements)
    }

    pub(super) async fn one<T>(&self, statement: RowOf<T>) -> Result<Option<T>, StoreError>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        Ok(self.rows(statement, 1).await.map_err(store_error)?.into_iter().next())
    }

    pub(super) async fn rows<T>(&self, statement: RowOf<T>, most: usize) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        let leased = self.inner.connections.take().await?;
        sent(leased, statement, most, self.inner.prepared_statements, None).await
    }

    /// A mark of an end goes before a session: that one was brought back by Node.
    pub(super) async fn find(&self, id: &SessionId) -> Result<Found, StoreError> {
        let sid = id.expose().to_owned();
        let statement = self.ask::<FoundRow>(&self.inner.sql.load).bind(sid).bind(ended(id));
        let rows = self.rows(statement, 2).await.map_err(store_error)?;
        if rows.iter().any(|(is_session, ..)| !is_session) {
            return Ok(Found::Ended);
        }
        match rows.into_iter().next() {
            Some(row) => Found::session(row),
            None => Ok(Found::Absent),
        }
    }
}

/// Whether it is a session or the mark of one's end, `sess`, when it ends, and now.
pub(super) type FoundRow = (bool, String, Moment, Moment);

/// What stands under an id.
pub(super) enum Found {
    Live(Box<Row>),
    Ended,
    Absent,
}

impl Found {
    pub(super) fn session((_, text, ends_at, now): FoundRow) -> Result<Self, StoreError> {
        let row = Row::read(text, ends_at.0, now.0)?;
        Ok(if row.is_over() { Self::Absent } else { Self::Live(Box::new(row)) })
    }
}

/// The JSON of a row that remembers an end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ended {
    /// The id that the same session got, if it was renewed.
    successor: Option<String>,
}

impl Ended {
    pub(super) fn text(successor: Option<&SessionId>) -> String {
        let ended = Self { successor: successor.map(|id| id.expose().to_owned()) };
        // A string or nothing has nothing in it that could fail to be written.
        serde_json::to_string(&ended).unwrap_or_default()
    }
}

/// The sid under which it is remembered that another has ended. No cookie names it: nobody signs it.
pub(super) fn ended(id: &SessionId) -> String {
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
        let (expected_version, rules, of) = (change.expected_version, self.inner.rules, id.clone());
        let next = move |row: &Row| row.updated(&of, &change, rules);
        let rewrite = Rewrite { id: id.clone(), expected_version, next: Box::new(next), write: Write::Row };
        self.rewrite(rewrite).await
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        let (rules, of) = (self.inner.rules, id.clone());
        let next = move |row: &Row| row.touched(&of, lifetime, rules);
        let write = match self.inner.touch {
            ExpressTouch::Row => Write::Row,
            ExpressTouch::Column => Write::Column,
        };
        let rewrite = Rewrite { id: id.clone(), expected_version: None, next: Box::new(next), write };
        Ok(match self.rewrite(rewrite).await? {
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
        let (expected_version, rules) = (change.expected_version, self.inner.rules);
        let write = Write::Sid { new: new.clone(), restart: restart.clone().map(Box::new), late_grace };
        let (from, to) = (old.clone(), new.clone());
        let next = move |row: &Row| match &restart {
            None => row.renewed(&from, &change, proof.as_ref(), rules),
            Some(restart) => row.restarted(&to, &change, restart, rules),
        };
        self.rewrite(Rewrite { id: old.clone(), expected_version, next: Box::new(next), write }).await
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

pub(super) fn bind_admin<T: for<'r> FromRow<'r, PgRow>>(
    statement: RowOf<T>,
    owner: Option<String>,
    client: Client,
) -> RowOf<T> {
    statement.bind(owner).bind(client.ip.map(|ip| ip.to_string())).bind(client.user_agent)
}

/// Seconds as PostgreSQL counts them. Below zero is over.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
