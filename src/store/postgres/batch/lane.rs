//! Calls that wait anyway, sent together.
//!
//! There is no timer. A lane has one statement under way; what is asked meanwhile waits, and goes together in the
//! next. Whoever asks while the lane is free is sent at once, alone. Only a statement that is late has another one
//! beside it, so that a slow disk, a lost connection or a busy thread does not hold everybody up.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

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
    /// Held until it is answered or given up, not only as long as somebody waits for it: a server that does not answer
    /// would have a queue without an end, of calls that nobody waits for.
    _room: OwnedSemaphorePermit,
}

impl<W: Work + ?Sized> Call<W> {
    /// Answers it. Nobody may be there any more; what was done stays done.
    pub(super) fn answer(self, answer: Result<W::Answer, StoreError>) {
        drop(self.meanwhile);
        let _ = self.answer.send(answer);
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
    room: Arc<Semaphore>,
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
        let inner = Inner { work, most: most.max(1), room: Arc::new(Semaphore::new(ROOM)), state };
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
        let room = Arc::clone(&self.inner.room).acquire_owned().await.map_err(StoreError::failed)?;
        let (answer, answered) = oneshot::channel();
        self.inner.enqueue(Call { ask, answer, meanwhile, _room: room });
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
    use std::pin::pin;

    use futures_util::future::poll_immediate;

    use super::*;

    /// Notes what it is asked for, and answers when it is let on; asked for zero, it panics.
    #[derive(Default)]
    struct Noted(Arc<Notes>);

    struct Notes {
        batches: Mutex<Vec<Vec<u8>>>,
        arrived: Semaphore,
        opened: Semaphore,
    }

    impl Default for Notes {
        fn default() -> Self {
            let none = || Semaphore::new(0);
            Self { batches: Mutex::default(), arrived: none(), opened: none() }
        }
    }

    impl Notes {
        async fn arrival(&self) {
            self.arrived.acquire().await.unwrap().forget();
        }
    }

    impl Work for Noted {
        type Ask = u8;
        type Answer = u8;
        type Tool = ();

        async fn ready(&self, (): &mut ()) -> Result<(), sqlx::Error> {
            Ok(())
        }

        async fn send(&self, (): &mut (), batch: Vec<Call<Self>>) {
            self.0.batches.lock().unwrap().push(batch.iter().map(|call| call.ask).collect());
            self.0.arrived.add_permits(1);
            self.0.opened.acquire().await.unwrap().forget();
            assert!(batch.iter().all(|call| call.ask > 0), "that is what it was asked for");
            for call in batch {
                let ask = call.ask;
                call.answer(Ok(ask));
            }
        }
    }

    #[tokio::test]
    async fn who_is_gone_before_their_call_was_sent_is_not_sent() {
        let notes = Arc::new(Notes::default());
        let lane = Lane::new(Noted(Arc::clone(&notes)), 1, 100);
        let mut first = pin!(lane.ask(1, None));
        assert!(poll_immediate(&mut first).await.is_none());
        notes.arrival().await;
        let mut stays = pin!(lane.ask(2, None));
        assert!(poll_immediate(&mut stays).await.is_none());
        assert!(poll_immediate(lane.ask(3, None)).await.is_none(), "it waits, and goes away");
        notes.opened.add_permits(2);
        assert_eq!((first.await.unwrap(), stays.await.unwrap()), (1, 2));
        assert_eq!(*notes.batches.lock().unwrap(), [vec![1], vec![2]]);
    }

    /// A server that has stopped answers nobody, and visitors go away and come again.
    #[tokio::test]
    async fn a_queue_that_nobody_waits_in_any_more_has_an_end() {
        let notes = Arc::new(Notes::default());
        let lane = Lane::new(Noted(Arc::clone(&notes)), 1, ROOM);
        let mut first = pin!(lane.ask(1, None));
        assert!(poll_immediate(&mut first).await.is_none());
        notes.arrival().await;
        for _ in 0..2 * ROOM {
            assert!(poll_immediate(lane.ask(2, None)).await.is_none(), "it waits, and goes away");
        }
        assert!(lane.inner.state().waiting.len() <= ROOM);
        notes.opened.add_permits(2);
        first.await.unwrap();
        assert_eq!(lane.ask(3, None).await.unwrap(), 3, "those who come later have their place");
    }

    #[tokio::test]
    async fn a_run_that_does_not_come_to_its_end_leaves_nobody_waiting_and_its_place_to_the_next() {
        let notes = Arc::new(Notes::default());
        let lane = Lane::new(Noted(Arc::clone(&notes)), 1, 100);
        let mut fatal = pin!(lane.ask(0, None));
        assert!(poll_immediate(&mut fatal).await.is_none());
        notes.arrival().await;
        let mut waits = pin!(lane.ask(1, None));
        assert!(poll_immediate(&mut waits).await.is_none());
        notes.opened.add_permits(2);
        assert!(fatal.await.is_err());
        // It is told by the same unwinding.
        assert!(poll_immediate(&mut waits).await.is_some_and(|answer| answer.is_err()));
        assert_eq!(lane.ask(2, None).await.unwrap(), 2);
    }

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
