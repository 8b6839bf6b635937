//! Pruning the crate's own table.

use super::PostgresStore;
use super::fault::store_error;
use super::sql::Own;
use crate::error::StoreError;
use crate::store::prune::{Prune, Pruned, Pruner, Pruning};

impl PostgresStore {
    /// Looks at up to `batch` rows that may have expired, and deletes those that have. One
    /// statement. Does nothing while another process prunes.
    ///
    /// The same as `select * from prune_sessions(batch)` in psql or cron. Expired rows count as
    /// absent anyway, so pruning is about space only. A table in
    /// [`Layout::Distributed`](crate::Layout::Distributed) has no such function, and takes up to six
    /// statements in one transaction.
    ///
    /// # Errors
    ///
    /// When the database failed.
    pub async fn prune(&self, batch: u32) -> Result<Pruned, StoreError> {
        let sql = match &self.inner.sql.own {
            Own::OneNode(sql) => sql,
            Own::Distributed(sql) => return self.prune_distributed(sql, batch).await.map_err(store_error),
        };
        let batch = i32::try_from(batch).unwrap_or(i32::MAX);
        let step = self.one(|| self.ask::<(i64, bool)>(&sql.prune).bind(batch)).await;
        let (sessions, more) = step.map_err(store_error)?.unwrap_or_default();
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
