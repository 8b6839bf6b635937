//! The law, kept by SQL: each method binds its statement's values and reads its answer.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Postgres, Transaction};
use uuid::Uuid;

use super::PostgresStore;
use super::batch::{ChangedRow, LoadedRow, NewRow};
use super::distributed::{Renewed, unreserved};
use super::fault::{is_unique_violation, store_error};
use super::lone::{RowOf, begin};
use super::moment::Moment;
use super::sql::{OneNode, Own};
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::record::{Change, Data, Lifetime, NewSession, Record, Renewal};
use crate::store::{Created, Deleted, Joined, Loaded, Owners, Saved, SessionStore, Touched, Updated};

impl PostgresStore {
    async fn is(&self, sql: &Arc<str>, id: &SessionId) -> Result<bool, StoreError> {
        let answer = self.one(|| self.ask::<(bool,)>(sql).bind(key(id))).await.map_err(store_error)?;
        Ok(answer.is_some_and(|(yes,)| yes))
    }

    /// The statement that creates a session, alone.
    pub(super) fn creating(&self, id: &SessionId, new: &NewSession) -> RowOf<(Uuid, f64)> {
        let (idle, absolute, persistent) = lifetime(new.lifetime);
        self.ask(&self.inner.sql.create)
            .bind(key(id))
            .bind(new.data.to_json())
            .bind(new.owner.clone())
            .bind(new.client.ip.map(|ip| ip.to_string()))
            .bind(new.client.user_agent.clone())
            .bind(idle)
            .bind(absolute)
            .bind(persistent)
            .bind(new.credential.clone())
    }

    /// The statement that renews one, or begins one in its place, as often as it is wanted.
    pub(super) fn renewing(
        &self,
        sql: &OneNode,
        old: &SessionId,
        new: &SessionId,
        renewal: Renewal,
    ) -> impl Fn() -> RowOf<SavedRow> + Send {
        let Renewal { mut change, restart, proof, late_grace } = renewal;
        let grace = late_grace.as_secs_f64();
        if let Some(restart) = &restart {
            change.lifetime = Some(restart.lifetime);
        }
        let text = if restart.is_some() { &sql.restart } else { &sql.renew };
        let (store, text, old, new) = (self.clone(), Arc::clone(text), key(old), key(new));
        move || {
            let statement =
                bind_change(store.ask(&text).bind(old.clone()), &change).bind(new.clone()).bind(grace);
            match &restart {
                None => statement
                    .bind(proof.is_some())
                    .bind(proof.as_ref().and_then(|proof| proof.credential.clone())),
                Some(restart) => statement
                    .bind(restart.owner.clone())
                    .bind(restart.client.ip.map(|ip| ip.to_string()))
                    .bind(restart.client.user_agent.clone())
                    .bind(restart.credential.clone()),
            }
        }
    }

    /// What the answer to that means.
    pub(super) fn renewed(answer: Result<Option<SavedRow>, sqlx::Error>) -> Result<Renewed, sqlx::Error> {
        match answer {
            Ok(Some(row)) => Ok(Renewed::Saved(row, Vec::new())),
            Ok(None) => Ok(Renewed::Missed),
            Err(error) if is_unique_violation(&error) => Ok(Renewed::Collision),
            Err(error) => Err(error),
        }
    }

    /// Whether there was a row to delete.
    async fn delete_one(&self, key: &[u8], late_grace: Duration) -> Result<bool, sqlx::Error> {
        if let Some(sql) = self.inner.sql.as_distributed() {
            return self.delete_distributed(sql, key, late_grace).await;
        }
        let grace = late_grace.as_secs_f64();
        let delete = || self.ask::<(bool,)>(&self.inner.sql.delete).bind(key.to_vec()).bind(grace);
        Ok(self.one(delete).await?.is_some())
    }

    /// Why a conditional write found no row.
    pub(super) async fn missed(&self, id: &SessionId, had_version: bool) -> Result<Updated, StoreError> {
        if had_version && self.is(&self.inner.sql.is_live, id).await? {
            return Ok(Updated::Conflict);
        }
        Ok(Updated::Gone)
    }

    /// [`update`](SessionStore::update), which also tells whether the change went into the row alone. If not,
    /// the row has a version that this change alone does not explain.
    pub(in crate::store) async fn update_and_tell(
        &self,
        id: &SessionId,
        change: Change,
    ) -> Result<(Updated, bool), StoreError> {
        // Where a batch cannot carry a new lifetime, it goes alone.
        let is_batched = change.lifetime.is_none() || !self.inner.layout.is_distributed();
        if let Some(lanes) = self.lanes().filter(|_| is_batched) {
            let row = ChangedRow { key: *id.digest().as_bytes(), change: change.clone() };
            if let Some((row, is_alone)) = lanes.update(row).await? {
                return Ok((saved(row), is_alone));
            }
        }
        let sql = match change.lifetime {
            None => &self.inner.sql.update,
            Some(_) => &self.inner.sql.update_with_lifetime,
        };
        let statement = || bind_change(self.ask(sql).bind(key(id)), &change);
        match self.one(statement).await.map_err(store_error)? {
            Some(row) => Ok((saved(row), true)),
            None => Ok((self.missed(id, change.expected_version.is_some()).await?, true)),
        }
    }

    /// [`delete`](SessionStore::delete), which also tells the key of what it has ended: after a renewal it is
    /// another than was asked for.
    pub(in crate::store) async fn delete_and_tell(
        &self,
        id: &SessionId,
        late_grace: Duration,
    ) -> Result<Option<Digest>, StoreError> {
        let grace = late_grace.as_secs_f64();
        if let Some(lanes) = self.lanes()
            && lanes.delete(*id.digest().as_bytes(), grace, self.meanwhile.clone()).await?.is_some()
        {
            return Ok(Some(*id.digest()));
        }
        let mut key = *id.digest();
        // Once, unless the session was renewed meanwhile: then after it, to wherever it has got.
        loop {
            if self.delete_one(key.as_bytes(), late_grace).await.map_err(store_error)? {
                return Ok(Some(key));
            }
            let successor =
                || self.ask::<(Vec<u8>,)>(&self.inner.sql.successor).bind(key.as_bytes().to_vec());
            match self.one(successor).await.map_err(store_error)? {
                Some((successor,)) => key = digest(&successor).map_err(store_error)?,
                None => return Ok(None),
            }
        }
    }
}

impl SessionStore for PostgresStore {
    fn owners(&self) -> Option<Owners<'_>> {
        Some(Owners::of(self))
    }

    async fn begin_transaction(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.can_join()?;
        begin(&self.inner.pool).await.map_err(store_error)
    }

    fn join(&self, transaction: Transaction<'static, Postgres>) -> Result<Joined, StoreError> {
        self.can_join()?;
        Ok(self.joining(transaction).1)
    }

    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        if let Some(lanes) = self.lanes() {
            let row = NewRow {
                key: *id.digest().as_bytes(),
                data: new.data.to_json(),
                owner: new.owner,
                credential: new.credential,
                ip: new.client.ip.map(|ip| ip.to_string()),
                user_agent: new.client.user_agent,
                lifetime: lifetime(new.lifetime),
            };
            let meanwhile = self.meanwhile.clone();
            return lanes.create(row, meanwhile).await?.map(created).ok_or_else(StoreError::collision);
        }
        let statement = || self.creating(id, &new);
        let row = self.one(statement).await.map_err(store_error)?;
        row.map(created).ok_or_else(StoreError::collision)
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        let found = match self.lanes() {
            Some(lanes) => lanes.load(*id.digest().as_bytes()).await?,
            None => {
                let load = || self.ask::<LoadedRow>(&self.inner.sql.load).bind(key(id));
                let found = self.one(load).await.map_err(store_error)?;
                found.filter(|found| found.0 == *id.digest().as_bytes()).map(|found| found.1)
            }
        };
        if let Some(row) = found {
            return row.into_record().map(|record| Loaded::Live(Box::new(record)));
        }
        let has_ended = self.is(&self.inner.sql.has_ended, id).await?;
        Ok(if has_ended { Loaded::Ended } else { Loaded::Absent })
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        Ok(self.update_and_tell(id, change).await?.0)
    }

    async fn touch(&self, id: &SessionId, new: Option<Lifetime>) -> Result<Touched, StoreError> {
        if let (Some(lanes), None) = (self.lanes(), new)
            && let Some(remaining) = lanes.touch(*id.digest().as_bytes()).await?
        {
            return Ok(Touched::Moved { remaining: duration(remaining) });
        }
        let sql = &self.inner.sql;
        let statement = || match new.map(lifetime) {
            None => self.ask::<(f64,)>(&sql.touch).bind(key(id)),
            Some((idle, absolute, persistent)) => {
                let statement = self.ask::<(f64,)>(&sql.touch_with_lifetime).bind(key(id));
                statement.bind(idle).bind(absolute).bind(persistent)
            }
        };
        Ok(match self.one(statement).await.map_err(store_error)? {
            Some((remaining,)) => Touched::Moved { remaining: duration(remaining) },
            None => Touched::Gone,
        })
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        // Within one statement the old key would make room for itself.
        if old == new {
            return Err(StoreError::collision());
        }
        let had_version = renewal.change.expected_version.is_some();
        let renewed = match &self.inner.sql.own {
            Own::OneNode(sql) => Self::renewed(self.one(self.renewing(sql, old, new, renewal)).await),
            Own::Distributed(sql) => self.renew_distributed(sql, key(old), key(new), renewal, None).await,
        };
        match renewed.map_err(store_error)? {
            Renewed::Saved(row, _) => Ok(saved(row)),
            // Nobody asked to keep to a limit.
            Renewed::Missed | Renewed::Full => self.missed(old, had_version).await,
            Renewed::Collision => Err(StoreError::collision()),
            Renewed::Unreserved => Err(store_error(unreserved())),
        }
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        let ended = self.delete_and_tell(id, late_grace).await?;
        Ok(if ended.is_some() { Deleted::Ended } else { Deleted::Gone })
    }
}

/// What the column of keys holds.
pub(super) fn digest(key: &[u8]) -> Result<Digest, sqlx::Error> {
    let key = key.try_into().map_err(|_| sqlx::Error::Decode("a key of a session has 32 bytes".into()))?;
    Ok(Digest::from_bytes(key))
}

/// What a creation answers: handle, seconds left.
pub(super) fn created((handle, remaining): (Uuid, f64)) -> Created {
    Created { handle, remaining: duration(remaining) }
}

/// What a save answers: handle, version, seconds left.
pub(super) type SavedRow = (Uuid, i64, f64);

pub(super) fn saved((handle, version, remaining): SavedRow) -> Updated {
    Updated::Saved(Saved { handle, version, remaining: duration(remaining) })
}

/// Binds `$2` to `$8` of `update`, `renew` and `restart`.
pub(super) fn bind_change(statement: RowOf<SavedRow>, change: &Change) -> RowOf<SavedRow> {
    let lifetime = change.lifetime.map(lifetime);
    statement
        .bind(change.cleared)
        .bind(change.removed.clone())
        .bind(change.set.to_json())
        .bind(change.expected_version)
        .bind(lifetime.map(|(idle, ..)| idle))
        .bind(lifetime.and_then(|(_, absolute, _)| absolute))
        .bind(lifetime.map(|(.., persistent)| persistent))
}

pub(super) fn key(id: &SessionId) -> Vec<u8> {
    id.digest().as_bytes().to_vec()
}

/// A lifetime as statements take it: seconds idle, seconds in all, persistent.
pub(super) fn lifetime(lifetime: Lifetime) -> (f64, Option<f64>, bool) {
    let absolute = lifetime.absolute.map(|absolute| absolute.as_secs_f64());
    (lifetime.idle.as_secs_f64(), absolute, lifetime.persistent)
}

/// Seconds as PostgreSQL counts them. Below zero is over, and the row was live a moment ago.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// A session's row, in the order of the columns of `load`.
#[derive(Clone, Debug)]
pub(super) struct Row {
    handle: Uuid,
    data: String,
    owner: Option<String>,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    authenticated_at: Option<DateTime<Utc>>,
    idle: f64,
    deadline: Option<DateTime<Utc>>,
    persistent: bool,
    version: i64,
    remaining: f64,
    since_seen: f64,
    credential: Option<String>,
}

impl<'r> FromRow<'r, PgRow> for Row {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row as _;
        Ok(Self {
            handle: row.try_get(0)?,
            data: row.try_get(1)?,
            owner: row.try_get(2)?,
            created_at: row.try_get::<Moment, _>(3)?.0,
            seen_at: row.try_get::<Moment, _>(4)?.0,
            authenticated_at: row.try_get::<Option<Moment>, _>(5)?.map(|time| time.0),
            idle: row.try_get(6)?,
            deadline: row.try_get::<Option<Moment>, _>(7)?.map(|time| time.0),
            persistent: row.try_get(8)?,
            version: row.try_get(9)?,
            remaining: row.try_get(10)?,
            since_seen: row.try_get(11)?,
            credential: row.try_get(12)?,
        })
    }
}

impl Row {
    fn into_record(self) -> Result<Record, StoreError> {
        Ok(Record {
            handle: self.handle,
            data: Data::from_json(&self.data).map_err(StoreError::corrupt)?,
            owner: self.owner.map(Arc::from),
            credential: self.credential.map(Arc::from),
            created_at: self.created_at,
            seen_at: self.seen_at,
            authenticated_at: self.authenticated_at,
            idle: duration(self.idle),
            deadline: self.deadline,
            persistent: self.persistent,
            version: self.version,
            remaining: duration(self.remaining),
            since_seen: duration(self.since_seen),
            cookie: None,
        })
    }
}
