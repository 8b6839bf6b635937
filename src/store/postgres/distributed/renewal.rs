//! A renewal, by another row in the place of the one that is there. `sql/distributed/renewal.rs` says why.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, FromRow, Row as _};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::super::PostgresStore;
use super::super::admission::BEGIN;
use super::super::calls::{SavedRow, lifetime};
use super::super::care::{done, row};
use super::super::fault::{Tries, has_lost_a_race, is_held};
use super::super::leased::Leased;
use super::super::lone::{RowOf, to_the_end};
use super::super::lost::answered;
use super::super::moment::Moment;
use super::super::owners::Gone;
use super::super::sql::Distributed;
use crate::record::Renewal;
use crate::store::OwnerLimit;

/// What became of a renewal.
pub(in crate::store::postgres) enum Renewed {
    /// With what was ended to make room.
    Saved(SavedRow, Vec<Gone>),
    /// Its owner has as many sessions as they may.
    Full,
    /// There is no such session, or it has another version.
    Missed,
    /// The new key is taken.
    Collision,
    /// The reserved row was deleted, as one that is over may be, while the session lives.
    Unreserved,
}

/// It is deleted each time that it is made.
pub(in crate::store::postgres) fn unreserved() -> sqlx::Error {
    sqlx::Error::Protocol("the new row of a session was deleted each time that it was made".into())
}

impl PostgresStore {
    pub(in crate::store::postgres) async fn renew_distributed(
        &self,
        sql: &Arc<Distributed>,
        old: Vec<u8>,
        new: Vec<u8>,
        renewal: Renewal,
        limit: Option<(OwnerLimit, OwnedMutexGuard<()>)>,
    ) -> Result<Renewed, sqlx::Error> {
        let renewing = Renewing { store: self.clone(), sql: Arc::clone(sql), old, new, renewal, limit };
        let leased = self.inner.connections.take().await?;
        to_the_end(renewing.run(leased)).await
    }
}

struct Renewing {
    store: PostgresStore,
    sql: Arc<Distributed>,
    old: Vec<u8>,
    new: Vec<u8>,
    renewal: Renewal,
    /// With the turn to sign in.
    limit: Option<(OwnerLimit, OwnedMutexGuard<()>)>,
}

impl Renewing {
    async fn run(self, mut leased: Leased) -> Result<Renewed, sqlx::Error> {
        let answer = answered(&self.store.inner.pool, self.go(&mut leased)).await;
        leased.after(answer)
    }

    async fn go(&self, connection: &mut PgConnection) -> Result<Renewed, sqlx::Error> {
        let mut tries = Tries::default();
        loop {
            if let Some(answer) = self.reserve(connection).await? {
                return Ok(answer);
            }
            match self.settle_in_time(connection).await {
                Ok(answer @ (Renewed::Missed | Renewed::Full)) => {
                    self.release(connection).await?;
                    return Ok(answer);
                }
                Ok(Renewed::Unreserved) if tries.one_more() => {}
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    // If that fails too: the row is over, and is pruned sooner or later.
                    let _ = self.release(connection).await;
                    return Err(error);
                }
            }
        }
    }

    /// Makes a row under the new key that is no session yet. `None`: it is there.
    async fn reserve(&self, connection: &mut PgConnection) -> Result<Option<Renewed>, sqlx::Error> {
        let mut transaction = connection.begin().await?;
        let (store, sql) = (&self.store, &self.sql);
        let reserve = match &self.renewal.restart {
            Some(restart) => {
                store.ask::<(bool,)>(&sql.reserve_anew).bind(self.new.clone()).bind(restart.owner.clone())
            }
            None => {
                let whose = store.ask::<(Uuid, Option<String>)>(&sql.whose).bind(self.old.clone());
                let Some((handle, owner)) = row(&mut transaction, whose).await? else {
                    return Ok(Some(Renewed::Missed));
                };
                store.ask(&sql.reserve).bind(self.new.clone()).bind(handle).bind(owner)
            }
        };
        let is_free = row(&mut transaction, reserve).await?.is_some();
        transaction.commit().await?;
        Ok((!is_free).then_some(Renewed::Collision))
    }

    /// Settles, however often others come first.
    async fn settle_in_time(&self, connection: &mut PgConnection) -> Result<Renewed, sqlx::Error> {
        let mut tries = Tries::default();
        loop {
            match self.settle(connection).await {
                // Whoever holds the reserved row waits for the other one, and gets it now.
                Err(error) if (has_lost_a_race(&error) || is_held(&error)) && tries.one_more() => {}
                answer => return answer,
            }
        }
    }

    /// Puts the reserved row in the place of the old one.
    async fn settle(&self, connection: &mut PgConnection) -> Result<Renewed, sqlx::Error> {
        let (store, sql, renewal) = (&self.store, &self.sql, &self.renewal);
        let mut transaction = connection.begin_with(BEGIN).await?;
        let owner = renewal.restart.as_ref().and_then(|restart| restart.owner.as_deref());
        let gone = match (&self.limit, owner) {
            (Some((limit, _)), Some(owner)) => {
                store.make_room(&mut transaction, *limit, owner, &self.old).await?
            }
            _ => Some(Vec::new()),
        };
        let Some(gone) = gone else {
            // Without a session to leave, this is no sign-in, and is told that first.
            let is_live = store.ask::<(bool,)>(&store.inner.sql.is_live).bind(self.old.clone());
            let is_live = row(&mut transaction, is_live).await?.is_some();
            return Ok(if is_live { Renewed::Full } else { Renewed::Missed });
        };
        let take = store.ask::<Taken>(&sql.take).bind(self.old.clone());
        let take = take.bind(renewal.change.expected_version);
        let Some(taken) = row(&mut transaction, take).await? else {
            return Ok(Renewed::Missed);
        };
        let hold = store.ask::<(bool,)>(&sql.hold).bind(self.new.clone());
        if row(&mut transaction, hold).await?.is_none() {
            return Ok(Renewed::Unreserved);
        }
        let settled = row(&mut transaction, self.settling(taken)).await?.ok_or(sqlx::Error::RowNotFound)?;
        if !renewal.late_grace.is_zero() {
            let successor = renewal.restart.is_none().then(|| self.new.clone());
            let mark = store.ask::<()>(&sql.mark).bind(self.old.clone());
            let mark = mark.bind(renewal.late_grace.as_secs_f64()).bind(successor);
            done(&mut transaction, mark).await?;
        }
        transaction.commit().await?;
        Ok(Renewed::Saved(settled, gone))
    }

    fn settling(&self, taken: Taken) -> RowOf<SavedRow> {
        let (sql, Renewal { change, restart, proof, .. }) = (&self.sql, &self.renewal);
        let text = match (restart, change.lifetime) {
            (Some(_), _) => &sql.settle_anew,
            (None, Some(_)) => &sql.settle_with_lifetime,
            (None, None) => &sql.settle,
        };
        let statement = self
            .store
            .ask(text)
            .bind(self.new.clone())
            .bind(change.cleared)
            .bind(change.removed.clone())
            .bind(change.set.to_json())
            .bind(taken.data);
        if let Some(restart) = restart {
            let (idle, absolute, persistent) = lifetime(restart.lifetime);
            return statement
                .bind(restart.client.ip.map(|ip| ip.to_string()))
                .bind(restart.client.user_agent.clone())
                .bind(idle)
                .bind(absolute)
                .bind(persistent)
                .bind(restart.owner.as_ref().map(|_| 0.0))
                .bind(restart.credential.clone());
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
            .bind(taken.version)
            .bind(proof.as_ref().and(taken.authenticated_at).map(|_| 0.0))
            .bind(proof.as_ref().and_then(|proof| proof.credential.clone()).or(taken.credential));
        if change.lifetime.is_some() { statement } else { statement.bind(taken.expires_at) }
    }

    async fn release(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let mut transaction = connection.begin().await?;
        let release = self.store.ask::<()>(&self.sql.release).bind(self.new.clone());
        done(&mut transaction, release).await?;
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
    credential: Option<String>,
}

impl<'r> FromRow<'r, PgRow> for Taken {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            data: row.try_get(0)?,
            ip: row.try_get(1)?,
            user_agent: row.try_get(2)?,
            created_at: row.try_get::<Moment, _>(3)?.0,
            authenticated_at: row.try_get::<Option<Moment>, _>(4)?.map(|time| time.0),
            idle: row.try_get(5)?,
            deadline: row.try_get::<Option<Moment>, _>(6)?.map(|time| time.0),
            persistent: row.try_get(7)?,
            expires_at: row.try_get::<Moment, _>(8)?.0,
            purge_at: row.try_get::<Moment, _>(9)?.0,
            version: row.try_get(10)?,
            credential: row.try_get(11)?,
        })
    }
}
