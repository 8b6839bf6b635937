//! How the table of sessions is doing.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgConnection};

use super::census::{State, counted, one};
use super::list::seconds;
use super::{Admin, AdminError, Counted};
#[cfg(feature = "cache")]
use crate::store::CacheStats;
use crate::store::postgres::sql::admin::{AdminSql, OLDEST_TRANSACTION, indexes};

/// How the table of sessions is doing.
///
/// Rows, dead rows, vacuum, updates and sizes are from PostgreSQL's own books, which are some seconds late, and
/// begin anew after a crash. On a cluster they are the coordinator's, which has no rows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// Rows in the table, about.
    pub rows: u64,
    /// Rows that have expired, among those that pruning has to look at.
    pub expired: Counted,
    /// For how long pruning has had something to do. More than its rounds take means that nobody prunes.
    pub pruning_lag: Duration,
    /// Rows that are deleted or replaced, and take up room until the next vacuum.
    pub dead: u64,
    /// When the table was last vacuumed; of partitions, the one where that is the longest ago.
    pub last_vacuum: Option<DateTime<Utc>>,
    /// The share of updates that touched no index, from 0 to 1. `None` before the first.
    pub hot_updates: Option<f64>,
    /// The oldest transaction in this database: how old, and its process and application. While it is open, vacuum
    /// removes nothing that was deleted since. Those of other users show to members of `pg_read_all_stats`.
    pub oldest_transaction: Option<(Duration, String)>,
    /// Bytes of the table, without its indexes.
    pub table_bytes: u64,
    /// Bytes of all of its indexes.
    pub index_bytes: u64,
    /// Its indexes, the largest first.
    pub indexes: Vec<Relation>,
    /// What the cache of this process does, if there is one; its state is that of whoever listens.
    #[cfg(feature = "cache")]
    pub cache: Option<CacheStats>,
}

/// An index, or all parts of one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relation {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// How often it was used.
    pub scans: u64,
}

impl Admin {
    /// How the table of sessions is doing. Four statements, of milliseconds at any size.
    ///
    /// # Errors
    ///
    /// When the database fails or takes too long.
    pub async fn health(&self) -> Result<Health, AdminError> {
        let sql = Arc::clone(&self.sql);
        let health =
            self.read(move |connection| Box::pin(async move { read(connection, &sql).await })).await?;
        #[cfg(feature = "cache")]
        let health = Health { cache: self.cache.as_ref().map(crate::CachedStore::stats), ..health };
        Ok(health)
    }
}

async fn read(connection: &mut PgConnection, sql: &AdminSql) -> Result<Health, sqlx::Error> {
    let state = State::read(connection, sql).await?;
    let (due, expired, lag) = one::<(i64, i64, f64)>(connection, sql.due()).await?;
    let indexes = sqlx::query_as(AssertSqlSafe(indexes())).bind(sql.table()).persistent(false);
    let indexes: Vec<(String, i64, i64)> = indexes.fetch_all(&mut *connection).await?;
    let oldest = sqlx::query_as(OLDEST_TRANSACTION).persistent(false);
    let oldest: Option<(f64, String)> = oldest.fetch_optional(connection).await?;
    Ok(Health {
        rows: state.rows.unsigned_abs(),
        expired: counted(due, expired),
        pruning_lag: seconds(lag),
        dead: state.dead.unsigned_abs(),
        last_vacuum: state.last_vacuum,
        hot_updates: (state.updates > 0).then(|| state.hot_updates as f64 / state.updates as f64),
        oldest_transaction: oldest.map(|(age, whose)| (seconds(age), whose)),
        table_bytes: state.table_bytes.unsigned_abs(),
        index_bytes: state.index_bytes.unsigned_abs(),
        indexes: indexes
            .into_iter()
            .map(|(name, bytes, scans)| Relation {
                name,
                bytes: bytes.unsigned_abs(),
                scans: scans.unsigned_abs(),
            })
            .collect(),
        #[cfg(feature = "cache")]
        cache: None,
    })
}
