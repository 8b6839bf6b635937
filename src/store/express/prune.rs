//! Pruning connect-pg-simple's table, which the Express application may do too.

use super::ExpressStore;
use crate::error::StoreError;
use crate::store::prune::{Prune, Pruned, Pruner, Pruning};

impl ExpressStore {
    /// Deletes up to `batch` expired rows. One statement. Does nothing while another process of this
    /// crate prunes.
    ///
    /// connect-pg-simple's `pruneSessions`, which deletes all of them at once.
    ///
    /// # Errors
    ///
    /// When the database failed.
    pub async fn prune(&self, batch: u32) -> Result<Pruned, StoreError> {
        let statement = self.ask::<(i64,)>(&self.inner.sql.prune).bind(i64::from(batch));
        let pruned = self.one(statement).await?;
        let sessions = pruned.map_or(0, |(sessions,)| sessions.unsigned_abs());
        Ok(Pruned { sessions, more: batch > 0 && sessions >= u64::from(batch) })
    }

    /// Prunes from time to time until the handle is stopped or dropped; connect-pg-simple's
    /// `pruneSessionInterval`. Not needed while the Express application does it.
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

impl Prune for ExpressStore {
    async fn prune(&self, batch: u32) -> Result<Pruned, StoreError> {
        Self::prune(self, batch).await
    }
}
