//! What the pool says to who listens, now and then.
//!
//! A sign of life that a listener sends to itself proves that it hears everything in the database where it is. After a
//! failover that may be another one than the pool writes to, as long as the server that was left goes on. So the pool,
//! which is where changes come from, is heard from time to time as well.

use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

use crate::error::StoreError;

/// From one greeting to the next, in times that a sign of life is good for.
const EVERY: u32 = 4;

/// For how many times that the pool may have no way to send one.
const PATIENCE: u32 = 3 * EVERY;

/// The greetings of one connection's life. The first was before.
pub(super) struct Greetings {
    silence: Duration,
    heard: Instant,
    state: State,
}

enum State {
    Resting { since: Instant },
    Sending { task: JoinHandle<Result<(), StoreError>>, is_heard: bool },
    Sent { at: Instant },
}

impl Greetings {
    pub(super) fn new(silence: Duration, now: Instant) -> Self {
        Self { silence, heard: now, state: State::Resting { since: now } }
    }

    /// Sends one if it is time, and waits for nothing. To be called as often as signs of life are sent.
    ///
    /// One that could not be sent proves nothing, be it that the pool was busy: another is sent, for a while.
    ///
    /// # Errors
    ///
    /// When one was sent and has not come for longer than a sign of life may take, or none could be sent for long.
    pub(super) fn go_on<F>(&mut self, now: Instant, greet: impl FnOnce() -> F) -> Result<(), StoreError>
    where
        F: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        if now.duration_since(self.heard) >= self.silence.saturating_mul(PATIENCE) {
            return Err(StoreError::failed("the pool has had no connection for long to greet who listens"));
        }
        match &mut self.state {
            State::Resting { since } if now.duration_since(*since) >= self.silence.saturating_mul(EVERY) => {
                self.state = State::Sending { task: tokio::spawn(greet()), is_heard: false };
            }
            State::Sending { task, is_heard } => match task.now_or_never() {
                Some(Ok(Ok(()))) if *is_heard => self.state = State::Resting { since: now },
                Some(Ok(Ok(()))) => self.state = State::Sent { at: now },
                Some(_) => self.state = State::Sending { task: tokio::spawn(greet()), is_heard: false },
                None => {}
            },
            State::Sent { at } if now.duration_since(*at) >= self.silence => {
                return Err(StoreError::failed(
                    "what the pool sends does not come any more to who listens; does the pool write to another server?",
                ));
            }
            State::Resting { .. } | State::Sent { .. } => {}
        }
        Ok(())
    }

    /// It has come.
    pub(super) fn heard(&mut self, now: Instant) {
        self.heard = now;
        match &mut self.state {
            State::Sending { is_heard, .. } => *is_heard = true,
            State::Resting { .. } | State::Sent { .. } => self.state = State::Resting { since: now },
        }
    }
}
