//! Sign-ins within a limit: one transaction, in which nobody else signs the same owner in.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::PostgresStore;
use super::calls::{created, key, saved};
use super::care::{row, rows};
use super::distributed::Renewed;
use super::fault::{Tries, has_lost_a_race, store_error};
use super::lone::{ALL, to_the_end};
use super::lost::answered;
use super::owners::Gone;
use super::sql::Own;
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{NewSession, Renewal};
use crate::store::{Created, OwnerLimit, SessionStore as _, Updated, WhenFull};

impl PostgresStore {
    /// `None`: there is no room.
    pub(in crate::store) async fn create_and_evict(
        &self,
        limit: OwnerLimit,
        id: &SessionId,
        new: NewSession,
    ) -> Result<Option<(Created, Vec<Gone>)>, StoreError> {
        let Some(owner) = new.owner.clone() else {
            return Ok(Some((self.create(id, new).await?, Vec::new())));
        };
        let signing_in =
            SigningIn { store: self.clone(), limit, owner, id: id.clone(), way: Way::Create(new) };
        match signing_in.go().await.map_err(store_error)? {
            Signed::In(Answer::Created(answer), gone) => Ok(Some((answer, gone))),
            Signed::Full => Ok(None),
            // A creation misses only where there is a session already.
            _ => Err(StoreError::collision()),
        }
    }

    /// `None`: there is no room.
    pub(in crate::store) async fn renew_and_evict(
        &self,
        limit: OwnerLimit,
        old: &SessionId,
        new: &SessionId,
        renewal: Renewal,
    ) -> Result<Option<(Updated, Vec<Gone>)>, StoreError> {
        let Some(owner) = renewal.restart.as_ref().and_then(|restart| restart.owner.clone()) else {
            return Ok(Some((self.renew(old, new, renewal).await?, Vec::new())));
        };
        if old == new {
            return Err(StoreError::collision());
        }
        let had_version = renewal.change.expected_version.is_some();
        let signing_in = SigningIn {
            store: self.clone(),
            limit,
            owner,
            id: new.clone(),
            way: Way::Renew(old.clone(), renewal),
        };
        match signing_in.go().await.map_err(store_error)? {
            Signed::In(Answer::Renewed(row), gone) => Ok(Some((saved(row), gone))),
            Signed::In(Answer::Created(_), _) | Signed::Collision => Err(StoreError::collision()),
            Signed::Missed => Ok(Some((self.missed(old, had_version).await?, Vec::new()))),
            Signed::Full => Ok(None),
        }
    }

    /// Waits until nobody else signs this owner in, and ends so many sessions that there is room for one more.
    /// `leaving` is the key of the session in whose place it begins. `None`: there is no room.
    pub(super) async fn make_room(
        &self,
        connection: &mut PgConnection,
        limit: OwnerLimit,
        owner: &str,
        leaving: &[u8],
    ) -> Result<Option<Vec<Gone>>, sqlx::Error> {
        let sql = &self.inner.sql;
        let line_up = self.ask::<(String, String)>(&sql.line_up).bind(owner.to_owned());
        let (isolation, _) = row(connection, line_up).await?.ok_or(sqlx::Error::RowNotFound)?;
        if isolation != "read committed" {
            return Err(sqlx::Error::Configuration(BLIND.into()));
        }
        // A statement of its own: it sees what those before have committed.
        let surplus = self.ask::<(Uuid,)>(&sql.surplus).bind(owner.to_owned()).bind(leaving.to_vec());
        let surplus = rows(connection, surplus.bind(i64::from(limit.most.max(1)) - 1), ALL).await?;
        match limit.when_full {
            _ if surplus.is_empty() => Ok(Some(Vec::new())),
            WhenFull::Refuse => Ok(None),
            WhenFull::Evict => {
                let surplus: Vec<Uuid> = surplus.into_iter().map(|(handle,)| handle).collect();
                let evict = self.ask::<Gone>(&sql.evict).bind(owner.to_owned()).bind(surplus);
                rows(connection, evict, ALL).await.map(Some)
            }
        }
    }
}

/// Each statement is to see what was committed before it, whatever the database's default is: who has waited for
/// others must see whom they have let in.
pub(super) const BEGIN: &str = "begin isolation level read committed";

/// What is told of a transaction of the application's that was begun in another way.
const BLIND: &str = "a sign-in within a limit has to see what others have committed a moment ago: its transaction is to \
    begin with `begin isolation level read committed`";

struct SigningIn {
    store: PostgresStore,
    limit: OwnerLimit,
    owner: String,
    /// Of the session that begins.
    id: SessionId,
    way: Way,
}

enum Way {
    Create(NewSession),
    Renew(SessionId, Renewal),
}

enum Signed {
    In(Answer, Vec<Gone>),
    Full,
    /// There is no session to leave, or it has another version.
    Missed,
    Collision,
}

enum Answer {
    Created(Created),
    Renewed(super::calls::SavedRow),
}

impl SigningIn {
    /// Waits for a turn and a connection, and gives up if nobody waits any more; from then on it is carried out.
    async fn go(self) -> Result<Signed, sqlx::Error> {
        if let Some(joined) = &self.store.joined {
            // In line it would wait for those who wait for what this transaction holds.
            return self.store.told(self.attempt(joined.open().await.connection()?, None).await);
        }
        // Before a connection is taken: a crowd that signs one owner in holds one, not all.
        let turn = self.store.inner.turns.of(&self.owner).await;
        if self.is_distributed() {
            return self.renew_distributed(turn).await;
        }
        let mut leased = self.store.inner.connections.take().await?;
        to_the_end(async move {
            let _turn = turn;
            let answer = answered(&self.store.inner.pool, self.attempts(&mut leased)).await;
            leased.after(answer)
        })
        .await
    }

    async fn attempts(&self, connection: &mut PgConnection) -> Result<Signed, sqlx::Error> {
        let mut tries = Tries::default();
        loop {
            match self.attempt(connection, Some(BEGIN)).await {
                Err(error) if has_lost_a_race(&error) && tries.one_more() => {}
                answer => return answer,
            }
        }
    }

    fn is_distributed(&self) -> bool {
        matches!((&self.store.inner.sql.own, &self.way), (Own::Distributed(_), Way::Renew(..)))
    }

    async fn renew_distributed(&self, turn: OwnedMutexGuard<()>) -> Result<Signed, sqlx::Error> {
        let (Own::Distributed(sql), Way::Renew(old, renewal)) = (&self.store.inner.sql.own, &self.way) else {
            return Ok(Signed::Missed);
        };
        let limit = Some((self.limit, turn));
        let renewed =
            self.store.renew_distributed(sql, key(old), key(&self.id), renewal.clone(), limit).await?;
        Ok(match renewed {
            Renewed::Saved(row, gone) => Signed::In(Answer::Renewed(row), gone),
            Renewed::Full => Signed::Full,
            Renewed::Missed => Signed::Missed,
            Renewed::Collision => Signed::Collision,
            Renewed::Unreserved => return Err(super::distributed::unreserved()),
        })
    }

    /// In a transaction, or in a part of one that may be taken back: where nobody was signed in, nobody was evicted.
    async fn attempt(
        &self,
        connection: &mut PgConnection,
        begin: Option<&'static str>,
    ) -> Result<Signed, sqlx::Error> {
        let mut transaction = match begin {
            Some(begin) => connection.begin_with(begin).await?,
            None => connection.begin().await?,
        };
        let signed = self.sign_in(&mut transaction).await?;
        match signed {
            Signed::In(..) => transaction.commit().await?,
            _ => transaction.rollback().await?,
        }
        Ok(signed)
    }

    async fn sign_in(&self, connection: &mut PgConnection) -> Result<Signed, sqlx::Error> {
        let store = &self.store;
        let leaving = match &self.way {
            Way::Create(_) => Vec::new(),
            Way::Renew(old, _) => key(old),
        };
        let Some(gone) = store.make_room(connection, self.limit, &self.owner, &leaving).await? else {
            return self.refused(connection, leaving).await;
        };
        match (&self.way, &store.inner.sql.own) {
            (Way::Renew(old, renewal), Own::OneNode(sql)) => {
                let renew = store.renewing(sql, old, &self.id, renewal.clone());
                Ok(match PostgresStore::renewed(row(connection, renew()).await)? {
                    Renewed::Saved(row, _) => Signed::In(Answer::Renewed(row), gone),
                    Renewed::Collision => Signed::Collision,
                    _ => Signed::Missed,
                })
            }
            (Way::Create(new), _) => {
                let row = row(connection, store.creating(&self.id, new)).await?;
                Ok(row.map_or(Signed::Collision, |row| Signed::In(Answer::Created(created(row)), gone)))
            }
            // Elsewhere, since it is more than one transaction.
            (Way::Renew(..), Own::Distributed(_)) => Ok(Signed::Missed),
        }
    }

    /// Without a session to leave, a renewal is no sign-in, and is told that first.
    async fn refused(&self, connection: &mut PgConnection, leaving: Vec<u8>) -> Result<Signed, sqlx::Error> {
        let is_live = self.store.ask::<(bool,)>(&self.store.inner.sql.is_live).bind(leaving);
        let is_missed = matches!(self.way, Way::Renew(..)) && row(connection, is_live).await?.is_none();
        Ok(if is_missed { Signed::Missed } else { Signed::Full })
    }
}

/// Lines of sign-ins within this process. Owners who share one wait for each other, which few do and nobody
/// notices.
pub(super) struct Turns {
    lines: Vec<Arc<Mutex<()>>>,
    hasher: RandomState,
}

impl Turns {
    async fn of(&self, owner: &str) -> OwnedMutexGuard<()> {
        let hash = self.hasher.hash_one(owner) as usize;
        Arc::clone(&self.lines[hash % self.lines.len()]).lock_owned().await
    }
}

impl Default for Turns {
    fn default() -> Self {
        const LINES: usize = 64;
        Self { lines: (0..LINES).map(|_| Arc::default()).collect(), hasher: RandomState::new() }
    }
}
