//! Deleting expired rows: a little at a time, one process at a time, and never giving up.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::PostgresStore;
use super::fault::store_error;
use crate::error::StoreError;
use crate::telemetry;

/// How pruning goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Pruning {
    /// The mean time between rounds. Each wait is drawn from half to one and a half of it, so that
    /// processes do not all begin at once. Default: five minutes.
    pub every: Duration,
    /// How many rows one statement looks at. Default: 1000, which takes some milliseconds.
    pub batch: u32,
}

impl Default for Pruning {
    fn default() -> Self {
        Self { every: Duration::from_secs(5 * 60), batch: 1000 }
    }
}

/// A century: as good as never, and a sum that fits.
const SELDOM: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What a step, or a round, of pruning did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Sessions deleted.
    pub sessions: u64,
    /// Whether there may be more to do at once.
    pub more: bool,
}

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
        let (stop, stopped) = oneshot::channel();
        let (report, rounds) = watch::channel(Pruned::default());
        let task = tokio::spawn(run(self.clone(), pruning, stopped, report));
        Pruner { stop: Some(stop), rounds, task }
    }
}

/// A running pruner.
#[derive(Debug)]
pub struct Pruner {
    stop: Option<oneshot::Sender<()>>,
    rounds: watch::Receiver<Pruned>,
    task: JoinHandle<()>,
}

impl Pruner {
    /// Waits for the end of the next round and answers what it did.
    pub async fn next_round(&mut self) -> Pruned {
        // An error means that the task has ended; its last report is then the answer.
        let _ = self.rounds.changed().await;
        *self.rounds.borrow_and_update()
    }

    /// Ends pruning after the statement that is under way.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let task = &mut self.task;
        let _ = task.await;
    }
}

/// Lets the statement under way finish, and no other begin.
impl Drop for Pruner {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

async fn run(
    store: PostgresStore,
    pruning: Pruning,
    mut stopped: oneshot::Receiver<()>,
    report: watch::Sender<Pruned>,
) {
    loop {
        let wait = pruning.every.min(SELDOM).mul_f64(0.5 + random_fraction());
        // Anything but running into the time limit is the word to stop.
        if tokio::time::timeout(wait, &mut stopped).await.is_ok() {
            return;
        }
        let mut round = Pruned::default();
        loop {
            match store.prune(pruning.batch).await {
                Ok(step) => {
                    round.sessions += step.sessions;
                    round.more = step.more;
                }
                Err(error) => {
                    telemetry::prune_failed(&error);
                    break;
                }
            }
            // Between statements, somebody else's turn.
            tokio::task::yield_now().await;
            if !round.more || !matches!(stopped.try_recv(), Err(oneshot::error::TryRecvError::Empty)) {
                break;
            }
        }
        telemetry::pruned(round.sessions);
        report.send_replace(round);
    }
}

/// From 0 to 1. It spreads load and guards nothing, so a broken generator may answer 0.
fn random_fraction() -> f64 {
    let mut byte = [0];
    let _ = rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut byte);
    f64::from(byte[0]) / 255.0
}
