//! A renewal, by another row in the place of the one that is there. `sql/distributed/renewal.rs` says why.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, FromRow, Row as _};
use uuid::Uuid;

use super::super::PostgresStore;
use super::super::calls::{SavedRow, key, lifetime};
use super::super::fault::{Tries, has_lost_a_race, is_held, store_error};
use super::super::lone::RowOf;
use super::super::sql::Distributed;
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::Renewal;

/// What became of the second half.
enum Settled {
    Saved(SavedRow),
    /// There is no such session, or it has another version.
    Missed,
    /// The reserved row was deleted, as one that is over may be, while the session lives.
    Unreserved,
}

impl PostgresStore {
    /// `None`: gone, or another version.
    pub(in crate::store::postgres) async fn renew_distributed(
        &self,
        sql: &Distributed,
        old: &SessionId,
        new: &SessionId,
        renewal: &Renewal,
    ) -> Result<Option<SavedRow>, StoreError> {
        let mut connection = self.inner.pool.acquire().await.map_err(store_error)?;
        let mut tries = Tries::default();
        loop {
            if !self.reserve(&mut connection, sql, old, new, renewal).await? {
                return Ok(None);
            }
            match self.settle_in_time(&mut connection, sql, old, new, renewal).await {
                Ok(Settled::Saved(row)) => return Ok(Some(row)),
                Ok(Settled::Unreserved) if tries.one_more() => {}
                Ok(Settled::Unreserved) => {
                    return Err(StoreError::failed("the row of a renewed session was deleted time and again"));
                }
                Ok(Settled::Missed) => {
                    self.release(&mut connection, sql, new).await.map_err(store_error)?;
                    return Ok(None);
                }
                Err(error) => {
                    // Whatever it was, the row is over, and pruned sooner or later.
                    let _ = self.release(&mut connection, sql, new).await;
                    return Err(store_error(error));
                }
            }
        }
    }

    /// Makes a row under the new key that is no session yet. Answers whether there is one to renew.
    async fn reserve(
        &self,
        connection: &mut PgConnection,
        sql: &Distributed,
        old: &SessionId,
        new: &SessionId,
        renewal: &Renewal,
    ) -> Result<bool, StoreError> {
        let mut transaction = connection.begin().await.map_err(store_error)?;
        let reserve = match &renewal.restart {
            Some(restart) => {
                self.ask::<(bool,)>(&sql.reserve_anew).bind(key(new)).bind(restart.owner.clone())
            }
            None => {
                let whose = self.ask::<(Uuid, Option<String>)>(&sql.whose).bind(key(old));
                let Some((handle, owner)) =
                    whose.fetch_optional(&mut *transaction).await.map_err(store_error)?
                else {
                    return Ok(false);
                };
                self.ask(&sql.reserve).bind(key(new)).bind(handle).bind(owner)
            }
        };
        let is_free = reserve.fetch_optional(&mut *transaction).await.map_err(store_error)?.is_some();
        transaction.commit().await.map_err(store_error)?;
        if is_free { Ok(true) } else { Err(StoreError::collision()) }
    }

    /// Settles, however often others come first.
    async fn settle_in_time(
        &self,
        connection: &mut PgConnection,
        sql: &Distributed,
        old: &SessionId,
        new: &SessionId,
        renewal: &Renewal,
    ) -> Result<Settled, sqlx::Error> {
        let mut tries = Tries::default();
        loop {
            match self.settle(connection, sql, old, new, renewal).await {
                // Whoever holds the reserved row waits for the other one, and gets it now.
                Err(error) if (has_lost_a_race(&error) || is_held(&error)) && tries.one_more() => {}
                answer => return answer,
            }
        }
    }

    /// Puts the reserved row in the place of the old one.
    async fn settle(
        &self,
        connection: &mut PgConnection,
        sql: &Distributed,
        old: &SessionId,
        new: &SessionId,
        renewal: &Renewal,
    ) -> Result<Settled, sqlx::Error> {
        let mut transaction = connection.begin().await?;
        let take = self.ask::<Taken>(&sql.take).bind(key(old)).bind(renewal.change.expected_version);
        let Some(taken) = take.fetch_optional(&mut *transaction).await? else {
            return Ok(Settled::Missed);
        };
        let hold = self.ask::<(bool,)>(&sql.hold).bind(key(new));
        if hold.fetch_optional(&mut *transaction).await?.is_none() {
            return Ok(Settled::Unreserved);
        }
        let row = self.settling(sql, taken, new, renewal).fetch_one(&mut *transaction).await?;
        if !renewal.late_grace.is_zero() {
            let successor = renewal.restart.is_none().then(|| key(new));
            let mark = self.ask::<()>(&sql.mark).bind(key(old)).bind(renewal.late_grace.as_secs_f64());
            mark.bind(successor).fetch_optional(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(Settled::Saved(row))
    }

    fn settling(
        &self,
        sql: &Distributed,
        taken: Taken,
        new: &SessionId,
        renewal: &Renewal,
    ) -> RowOf<SavedRow> {
        let text = match (&renewal.restart, renewal.change.lifetime) {
            (Some(_), _) => &sql.settle_anew,
            (None, Some(_)) => &sql.settle_with_lifetime,
            (None, None) => &sql.settle,
        };
        let change = &renewal.change;
        let statement = self
            .ask(text)
            .bind(key(new))
            .bind(change.cleared)
            .bind(change.removed.clone())
            .bind(change.set.to_json())
            .bind(taken.data);
        if let Some(restart) = &renewal.restart {
            let (idle, absolute, persistent) = lifetime(restart.lifetime);
            return statement
                .bind(restart.client.ip.map(|ip| ip.to_string()))
                .bind(restart.client.user_agent.clone())
                .bind(idle)
                .bind(absolute)
                .bind(persistent)
                .bind(restart.owner.as_ref().map(|_| 0.0));
        }
        let statement = statement.bind(taken.ip).bind(taken.user_agent);
        let statement = match change.lifetime.map(lifetime) {
            Some((idle, absolute, persistent)) => statement.bind(idle).bind(absolute).bind(persistent),
            None => statement.bind(taken.idle).bind(taken.deadline).bind(taken.persistent),
        };
        let statement = statement
            .bind(taken.created_at)
            .bind(taken.authenticated_at)
            .bind(taken.purge_at)
            .bind(taken.version);
        if change.lifetime.is_some() { statement } else { statement.bind(taken.expires_at) }
    }

    async fn release(
        &self,
        connection: &mut PgConnection,
        sql: &Distributed,
        new: &SessionId,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = connection.begin().await?;
        self.ask::<()>(&sql.release).bind(key(new)).fetch_optional(&mut *transaction).await?;
        transaction.commit().await
    }
}

/// A row that was deleted to live on under another key.
struct Taken {
    data: String,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: DateTime<Utc>,
    authenticated_at: Option<DateTime<Utc>>,
    idle: f64,
    deadline: Option<DateTime<Utc>>,
    persistent: bool,
    expires_at: DateTime<Utc>,
    purge_at: DateTime<Utc>,
    version: i64,
}

impl<'r> FromRow<'r, PgRow> for Taken {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            data: row.try_get(0)?,
            ip: row.try_get(1)?,
            user_agent: row.try_get(2)?,
            created_at: row.try_get(3)?,
            authenticated_at: row.try_get(4)?,
            idle: row.try_get(5)?,
            deadline: row.try_get(6)?,
            persistent: row.try_get(7)?,
            expires_at: row.try_get(8)?,
            purge_at: row.try_get(9)?,
            version: row.try_get(10)?,
        })
    }
}
