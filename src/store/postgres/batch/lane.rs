//! Calls that wait anyway, sent together.
//!
//! There is no timer. A lane has so many statements under way at a time; what is asked meanwhile waits, and
//! goes together in the next. Whoever asks while the lane is free is sent at once, alone.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, oneshot};

use crate::error::StoreError;

/// What a lane does with a batch.
pub(super) trait Work: Send + Sync + 'static {
    /// One call.
    type Ask: Send + 'static;
    /// Its answer.
    type Answer: Send + 'static;
    /// What a run of batches keeps from one to the next: a connection.
    type Tool: Default + Send;

    /// Sends a batch and gives each call its answer. A call that gets none is answered with an error.
    fn send(&self, tool: &mut Self::Tool, batch: Vec<Call<Self>>) -> impl Future<Output = ()> + Send;
}

/// A call on its way, and who waits for its answer.
pub(super) struct Call<W: Work + ?Sized> {
    pub(super) ask: W::Ask,
    answer: oneshot::Sender<Result<W::Answer, StoreError>>,
}

impl<W: Work + ?Sized> Call<W> {
    /// Answers it. Nobody may be there any more; what was done stays done.
    pub(super) fn answer(self, answer: Result<W::Answer, StoreError>) {
        let _ = self.answer.send(answer);
    }

    /// Whether nobody waits for the answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }
}

/// How many calls may wait in one lane. Who comes then waits for room, as long as it has time.
const ROOM: usize = 16_384;

/// A queue with so many statements under way.
pub(super) struct Lane<W: Work> {
    inner: Arc<Inner<W>>,
}

struct Inner<W: Work> {
    work: W,
    width: usize,
    most: usize,
    room: Semaphore,
    state: Mutex<State<W>>,
}

struct State<W: Work> {
    waiting: VecDeque<Call<W>>,
    running: usize,
}

impl<W: Work> Lane<W> {
    /// `width` statements at a time, of at most `most` calls each.
    pub(super) fn new(work: W, width: usize, most: usize) -> Self {
        let state = Mutex::new(State { waiting: VecDeque::new(), running: 0 });
        let inner = Inner { work, width: width.max(1), most: most.max(1), room: Semaphore::new(ROOM), state };
        Self { inner: Arc::new(inner) }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Cancellation
    ///
    /// Dropped before the call was sent, it is not sent; afterwards it is carried out.
    pub(super) async fn ask(&self, ask: W::Ask) -> Result<W::Answer, StoreError> {
        // The semaphore is never closed.
        let _room = self.inner.room.acquire().await.map_err(StoreError::failed)?;
        let (answer, answered) = oneshot::channel();
        self.inner.enqueue(Call { ask, answer });
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
        if state.running < self.width {
            state.running += 1;
            drop(state);
            // A task of its own: whoever asked may go away, and others wait for the same statement.
            tokio::spawn(Arc::clone(self).run());
        }
    }

    async fn run(self: Arc<Self>) {
        let leaves = Leaves(&self);
        let mut tool = W::Tool::default();
        loop {
            let batch: Vec<_> = {
                let mut state = self.state();
                let count = state.waiting.len().min(self.most);
                let batch: Vec<_> =
                    state.waiting.drain(..count).filter(|call| !call.is_abandoned()).collect();
                if count == 0 {
                    // Under the same lock, so that nobody comes who takes this run for one that goes on.
                    leaves.now(&mut state);
                    return;
                }
                batch
            };
            if !batch.is_empty() {
                self.work.send(&mut tool, batch).await;
            }
        }
    }
}

/// A run that ends in any other way than by finding nothing to do makes room for another one.
struct Leaves<'a, W: Work>(&'a Arc<Inner<W>>);

impl<W: Work> Leaves<'_, W> {
    fn now(self, state: &mut State<W>) {
        state.running -= 1;
        std::mem::forget(self);
    }
}

impl<W: Work> Drop for Leaves<'_, W> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        // Those who still wait would wait for somebody else to come. Their senders are dropped instead,
        // which answers them with an error.
        if state.running == 0 {
            state.waiting.clear();
        }
    }
}
