//! Pruning the crate's own table.

use sqlx::AssertSqlSafe;

use super::PostgresStore;
use super::fault::store_error;
use crate::error::StoreError;
use crate::store::prune::{Prune, Pruned, Pruner, Pruning};

impl PostgresStore {
    /// Looks at up to `batch` rows that may have expired, and deletes those that have. One
    /// statement. Does nothing while another process prunes.
    ///
    /// The same as `select * from prune_sessions(batch)` in psql or cron. Expired rows count as
    /// absent anyway, so pruning is about space only.
    ///
    /// # Errors
    ///
    /// When the database failed.
    pub async fn prune(&self, batch: u32) -> Result<Pruned, StoreError> {
        let batch = i32::try_from(batch).unwrap_or(i32::MAX);
        let (sessions, more): (i64, bool) =
            sqlx::query_as(AssertSqlSafe(std::sync::Arc::clone(&self.inner.sql.prune)))
                .bind(batch)
                .persistent(self.inner.prepared_statements)
                .fetch_one(&self.inner.pool)
                .await
                .map_err(store_error)?;
        Ok(Pruned { sessions: sessions.unsigned_abs(), more })
    }

    /// Prunes from time to time, in a task of the current runtime, until the handle is stopped or
    /// dropped. Errors are logged, and the next round comes.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use = "dropping the handle stops pruning"]
    pub fn start_pruning(&self) -> Pruner {
        self.start_pruning_with(Pruning::default())
    }

    /// [`start_pruning`](Self::start_pruning), at another pace.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use = "dropping the handle stops pruning"]
    pub fn start_pruning_with(&self, pruning: Pruning) -> Pruner {
        Pruner::start(self.clone(), pruning)
    }
}

impl Prune for PostgresStore {
    async fn prune(&self, batch: u32) -> Result<Pruned, StoreError> {
        Self::prune(self, batch).await
    }
}
