//! Deleting expired rows: a little at a time, one process at a time, and never giving up.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

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
    /// How long it rests after each statement of a round, as a multiple of what the statement took.
    /// Default: 9, so that it takes part in a tenth of what goes on, and visitors do not notice; that
    /// is still some thousand rows a second. Zero is for when nobody visits.
    pub rest: u32,
}

impl Default for Pruning {
    fn default() -> Self {
        Self { every: Duration::from_secs(5 * 60), batch: 1000, rest: 9 }
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

/// A store whose expired rows take up space until somebody deletes them.
pub(super) trait Prune: Send + 'static {
    /// One step of at most so many rows.
    fn prune(&self, batch: u32) -> impl Future<Output = Result<Pruned, StoreError>> + Send;
}

/// A running pruner.
#[derive(Debug)]
pub struct Pruner {
    stop: Option<oneshot::Sender<()>>,
    rounds: watch::Receiver<Pruned>,
    task: JoinHandle<()>,
}

impl Pruner {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(super) fn start(store: impl Prune, pruning: Pruning) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (report, rounds) = watch::channel(Pruned::default());
        let task = tokio::spawn(run(store, pruning, stopped, report));
        Self { stop: Some(stop), rounds, task }
    }

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
    store: impl Prune,
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
        let mut is_over = false;
        loop {
            let begin = Instant::now();
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
            if !round.more {
                break;
            }
            // Between statements, the visitors' turn.
            let rest = begin.elapsed().saturating_mul(pruning.rest).min(SELDOM);
            is_over = tokio::time::timeout(rest, &mut stopped).await.is_ok();
            if is_over {
                break;
            }
        }
        telemetry::pruned(round.sessions);
        report.send_replace(round);
        if is_over {
            return;
        }
    }
}

/// From 0 to 1. It spreads load and guards nothing, so a broken generator may answer 0.
fn random_fraction() -> f64 {
    let mut byte = [0];
    let _ = rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut byte);
    f64::from(byte[0]) / 255.0
}
