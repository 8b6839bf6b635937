//! Calls that wait anyway, sent together.
//!
//! There is no timer. A lane has one statement under way; what is asked meanwhile waits, and goes together in the
//! next. Whoever asks while the lane is free is sent at once, alone. Only a statement that is late has another one
//! beside it, so that a slow disk, a lost connection or a busy thread does not hold everybody up.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};

use crate::error::StoreError;
use crate::store::postgres::Meanwhile;
use crate::store::postgres::fault::shared;

/// What a lane does with a batch.
pub(super) trait Work: Send + Sync + 'static {
    /// One call.
    type Ask: Send + 'static;
    /// Its answer.
    type Answer: Send + 'static;
    /// What a run of batches keeps from one to the next: a connection.
    type Tool: Default + Send;

    /// Waits until a batch could be sent at once. Only then it is made up, so that whoever does not wait any more is
    /// not in it.
    fn ready(&self, tool: &mut Self::Tool) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Sends a batch and gives each call its answer. A call that gets none is answered with an error.
    fn send(&self, tool: &mut Self::Tool, batch: Vec<Call<Self>>) -> impl Future<Output = ()> + Send;
}

/// A call on its way, and who waits for its answer.
pub(super) struct Call<W: Work + ?Sized> {
    pub(super) ask: W::Ask,
    answer: oneshot::Sender<Result<W::Answer, StoreError>>,
    meanwhile: Option<Meanwhile>,
}

impl<W: Work + ?Sized> Call<W> {
    /// Answers it. Nobody may be there any more; what was done stays done.
    pub(super) fn answer(self, answer: Result<W::Answer, StoreError>) {
        drop(self.meanwhile);
        let _ = self.answer.send(answer);
    }

    /// Waits until nobody waits for the answer any more.
    pub(super) async fn abandoned(&mut self) {
        self.answer.closed().await;
    }

    /// Whether nobody waits for the answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }
}

/// How many calls may wait in one lane. Who comes then waits for room, as long as it has time.
const ROOM: usize = 16_384;

/// When a statement is late. Usual ones take a millisecond or less.
///
/// Two at a time from the beginning carry half as many calls each, and the second finds rows locked by the first:
/// that cost a fifth more of processor time for each change, and was no faster.
const LATE: Duration = Duration::from_millis(5);

/// A queue with a statement under way, or several if they are late.
pub(super) struct Lane<W: Work> {
    inner: Arc<Inner<W>>,
}

struct Inner<W: Work> {
    work: W,
    most: usize,
    room: Semaphore,
    state: Mutex<State<W>>,
}

struct State<W: Work> {
    waiting: VecDeque<Call<W>>,
    runs: Runs,
}

impl<W: Work> Lane<W> {
    /// `width` statements at a time at most, of at most `most` calls each.
    pub(super) fn new(work: W, width: usize, most: usize) -> Self {
        let state = Mutex::new(State { waiting: VecDeque::new(), runs: Runs::new(width.max(1)) });
        let inner = Inner { work, most: most.max(1), room: Semaphore::new(ROOM), state };
        Self { inner: Arc::new(inner) }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Cancellation
    ///
    /// Dropped before the call was sent, it is not sent; afterwards it is carried out, and `meanwhile` lives as long
    /// as that takes.
    pub(super) async fn ask(
        &self,
        ask: W::Ask,
        meanwhile: Option<Meanwhile>,
    ) -> Result<W::Answer, StoreError> {
        // The semaphore is never closed.
        let _room = self.inner.room.acquire().await.map_err(StoreError::failed)?;
        let (answer, answered) = oneshot::channel();
        self.inner.enqueue(Call { ask, answer, meanwhile });
        // No answer: the task that should have given it panicked, or the runtime that it ran on has ended.
        answered.await.unwrap_or_else(|_| Err(StoreError::failed("a batch of calls was given up")))
    }
}

impl<W: Work> Inner<W> {
    /// The lock is held for a few moves of memory.
    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(self: &Arc<Self>, call: Call<W>) {
        let mut state = self.state();
        state.waiting.push_back(call);
        if let Some(run) = state.runs.begin(Instant::now()) {
            drop(state);
            // A task of its own: whoever asked may go away, and others wait for the same statement.
            tokio::spawn(Arc::clone(self).run(run));
        }
    }

    /// The calls that have waited longest, without those that nobody waits for any more.
    fn take(&self, most: usize) -> Vec<Call<W>> {
        let mut state = self.state();
        let count = state.waiting.len().min(most);
        state.waiting.drain(..count).filter(|call| !call.is_abandoned()).collect()
    }

    async fn run(self: Arc<Self>, run: usize) {
        let leaves = Leaves { inner: &self, run };
        let mut tool = W::Tool::default();
        loop {
            let waiting = {
                let mut state = self.state();
                let waiting = state.waiting.len();
                if waiting == 0 || !state.runs.sends(run, Instant::now()) {
                    // Under the same lock, so that nobody comes who takes this run for one that goes on.
                    leaves.now(&mut state);
                    return;
                }
                waiting
            };
            match self.work.ready(&mut tool).await {
                Ok(()) => {
                    let batch = self.take(self.most);
                    if !batch.is_empty() {
                        self.work.send(&mut tool, batch).await;
                    }
                }
                Err(error) => {
                    let error = Arc::new(error);
                    // Who came later has not waited as long.
                    self.take(waiting).into_iter().for_each(|call| call.answer(Err(shared(&error))));
                }
            }
        }
    }
}

/// The runs of a lane that are under way, each with the time at which it sent what it waits for.
struct Runs(Vec<Option<Instant>>);

impl Runs {
    fn new(width: usize) -> Self {
        Self(vec![None; width])
    }

    /// Whether all runs but this one are late, if there are any.
    fn are_late(&self, but: Option<usize>, now: Instant) -> bool {
        let others = self.0.iter().enumerate().filter(|(run, _)| Some(*run) != but);
        others.filter_map(|(_, sent)| *sent).all(|sent| now.duration_since(sent) >= LATE)
    }

    /// A new run, if one is needed and there is room.
    fn begin(&mut self, now: Instant) -> Option<usize> {
        let run = self.0.iter().position(Option::is_none).filter(|_| self.are_late(None, now))?;
        self.0[run] = Some(now);
        Some(run)
    }

    /// Whether this run is to send what waits. If not, another one will do so in a moment.
    fn sends(&mut self, run: usize, now: Instant) -> bool {
        let sends = self.are_late(Some(run), now);
        if sends {
            self.0[run] = Some(now);
        }
        sends
    }

    /// Whether it was the last.
    fn end(&mut self, run: usize) -> bool {
        self.0[run] = None;
        self.0.iter().all(Option::is_none)
    }
}

/// A run that ends in any other way than by finding nothing to do makes room for another one.
struct Leaves<'a, W: Work> {
    inner: &'a Arc<Inner<W>>,
    run: usize,
}

impl<W: Work> Leaves<'_, W> {
    fn now(self, state: &mut State<W>) {
        state.runs.end(self.run);
        std::mem::forget(self);
    }
}

impl<W: Work> Drop for Leaves<'_, W> {
    fn drop(&mut self) {
        let mut state = self.inner.state();
        // Those who still wait would wait for somebody else to come. Their senders are dropped instead,
        // which answers them with an error.
        if state.runs.end(self.run) {
            state.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_begins_only_while_the_first_is_late_and_ends_when_it_is_not() {
        let mut runs = Runs::new(2);
        let start = Instant::now();
        assert_eq!(runs.begin(start), Some(0));
        assert_eq!(runs.begin(start + LATE / 2), None, "it is not late yet");
        assert_eq!(runs.begin(start + LATE), Some(1));
        assert_eq!(runs.begin(start + 3 * LATE), None, "there is room for two");
        assert!(runs.sends(1, start + LATE * 3), "the first is still late");
        assert!(!runs.sends(0, start + LATE * 3), "the second has just sent");
        assert!(!runs.end(0));
        assert!(runs.sends(1, start + LATE * 4), "it is the only one");
        assert!(runs.end(1));
    }
}
