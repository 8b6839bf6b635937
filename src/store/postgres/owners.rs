//! The sessions of one owner.

use std::net::IpAddr;

use sqlx::FromRow;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PostgresStore;
use super::calls::{digest, duration};
use super::fault::store_error;
use super::lone::RowOf;
use super::moment::Moment;
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::record::{Client, NewSession, Renewal};
use crate::store::{Admission, Created, Deleted, Device, OwnerLimit, OwnerStore, Updated};

/// A session that was ended by its owner, or for a newer one.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Gone {
    #[cfg_attr(
        not(feature = "cache"),
        expect(dead_code, reason = "only a cache knows sessions by their keys")
    )]
    pub(in crate::store) key: Digest,
    pub(in crate::store) handle: Uuid,
    /// Not the second row of a renewal.
    is_session: bool,
}

impl<'r> FromRow<'r, PgRow> for Gone {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row as _;
        let key = digest(row.try_get(0)?)?;
        Ok(Self { key, handle: row.try_get(1)?, is_session: row.try_get(2)? })
    }
}

/// The handles of the sessions among them.
pub(in crate::store) fn handles(gone: &[Gone]) -> Vec<Uuid> {
    gone.iter().filter(|gone| gone.is_session).map(|gone| gone.handle).collect()
}

impl PostgresStore {
    /// Ends one session of the owner, and answers what became of which rows.
    pub(in crate::store) async fn end_one(&self, owner: &str, handle: Uuid) -> Result<Vec<Gone>, StoreError> {
        let sql = &self.inner.sql.end_session_of;
        self.end(|| self.ask(sql).bind(owner.to_owned()).bind(handle)).await
    }

    /// Ends all sessions of the owner but one.
    pub(in crate::store) async fn end_others(
        &self,
        owner: &str,
        except: Option<Uuid>,
    ) -> Result<Vec<Gone>, StoreError> {
        let sql = &self.inner.sql.end_sessions_of;
        self.end(|| self.ask(sql).bind(owner.to_owned()).bind(except)).await
    }

    async fn end(&self, statement: impl Fn() -> RowOf<Gone> + Send + Sync) -> Result<Vec<Gone>, StoreError> {
        let mut gone = self.all(&statement).await.map_err(store_error)?;
        // In a cluster, a renewal puts another row in the place of the one that this has waited for. It is
        // there now.
        if self.inner.layout.is_distributed() {
            gone.extend(self.all(&statement).await.map_err(store_error)?);
        }
        Ok(gone)
    }
}

impl OwnerStore for PostgresStore {
    async fn sessions_of(&self, owner: &str, most: u32) -> Result<Vec<Device>, StoreError> {
        let sql = &self.inner.sql.sessions_of;
        let statement = || self.ask::<DeviceRow>(sql).bind(owner.to_owned()).bind(i64::from(most));
        let rows = self.all(statement).await.map_err(store_error)?;
        Ok(rows.into_iter().map(|DeviceRow(device)| device).collect())
    }

    async fn end_session_of(&self, owner: &str, handle: Uuid) -> Result<Deleted, StoreError> {
        let gone = self.end_one(owner, handle).await?;
        Ok(if handles(&gone).is_empty() { Deleted::Gone } else { Deleted::Ended })
    }

    async fn end_sessions_of(&self, owner: &str, except: Option<Uuid>) -> Result<Vec<Uuid>, StoreError> {
        Ok(handles(&self.end_others(owner, except).await?))
    }

    async fn create_within(
        &self,
        limit: OwnerLimit,
        id: &SessionId,
        new: NewSession,
    ) -> Result<Admission<Created>, StoreError> {
        Ok(admission(self.create_and_evict(limit, id, new).await?))
    }

    async fn renew_within(
        &self,
        limit: OwnerLimit,
        old: &SessionId,
        new: &SessionId,
        renewal: Renewal,
    ) -> Result<Admission<Updated>, StoreError> {
        Ok(admission(self.renew_and_evict(limit, old, new, renewal).await?))
    }
}

/// In words of the trait, what is in those of rows. `None`: there is no room.
pub(in crate::store) fn admission<T>(answer: Option<(T, Vec<Gone>)>) -> Admission<T> {
    match answer {
        Some((answer, gone)) => Admission::In { answer, evicted: handles(&gone) },
        None => Admission::Full,
    }
}

/// A session's row, in the order of the columns of `sessions_of`.
struct DeviceRow(Device);

impl<'r> FromRow<'r, PgRow> for DeviceRow {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row as _;
        let ip: Option<String> = row.try_get(1)?;
        Ok(Self(Device {
            handle: row.try_get(0)?,
            client: Client { ip: ip.and_then(|ip| ip.parse::<IpAddr>().ok()), user_agent: row.try_get(2)? },
            created_at: row.try_get::<Moment, _>(3)?.0,
            seen_at: row.try_get::<Moment, _>(4)?.0,
            authenticated_at: row.try_get::<Option<Moment>, _>(5)?.map(|time| time.0),
            since_created: duration(row.try_get(6)?),
            since_seen: duration(row.try_get(7)?),
            expires_in: duration(row.try_get(8)?),
            is_current: false,
        }))
    }
}
