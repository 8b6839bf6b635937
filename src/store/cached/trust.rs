//! Whether the cache may be believed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Notify, watch};

/// What state a cache is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheState {
    /// It hears of every change, and answers.
    Live,
    /// It may have missed something; every read goes to the database.
    Doubt,
    /// As in doubt, and the last attempt to listen to the database has failed.
    Down,
}

/// The cache may be believed until some moment, which every sign of life puts off.
///
/// A sign of life is a notification that this process has sent to itself. Notifications arrive in the order in
/// which their transactions were committed, so by the time it is back everything that was committed before it
/// was sent has been heard too. Nothing has to happen for doubt to begin: silence is enough.
#[derive(Debug)]
pub(super) struct Trust {
    begin: Instant,
    /// Nanoseconds from the beginning.
    until: AtomicU64,
    /// The same moment by the clock on the wall, in nanoseconds since 1970. The other clock stands still while the
    /// machine sleeps.
    until_on_wall: AtomicU64,
    silence: Duration,
    is_down: AtomicBool,
    sent: AtomicU64,
    heard: watch::Sender<u64>,
    wanted: Notify,
}

/// A sign of life on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beat {
    pub(super) number: u64,
    pub(super) sent: Instant,
    sent_on_wall: SystemTime,
}

impl Trust {
    /// None so far. Each sign of life is good for so long.
    pub(super) fn new(silence: Duration) -> Self {
        Self {
            begin: Instant::now(),
            until: AtomicU64::new(0),
            until_on_wall: AtomicU64::new(0),
            silence,
            is_down: AtomicBool::new(false),
            sent: AtomicU64::new(0),
            heard: watch::Sender::new(0),
            wanted: Notify::new(),
        }
    }

    pub(super) fn silence(&self) -> Duration {
        self.silence
    }

    pub(super) fn holds(&self, now: Instant) -> bool {
        self.holds_at(now, on_wall())
    }

    fn holds_at(&self, now: Instant, on_wall: SystemTime) -> bool {
        self.nanos(now) < self.until.load(Ordering::Acquire)
            && since_1970(on_wall) < self.until_on_wall.load(Ordering::Acquire)
    }

    pub(super) fn state(&self, now: Instant) -> CacheState {
        if self.holds(now) {
            CacheState::Live
        } else if self.is_down.load(Ordering::Relaxed) {
            CacheState::Down
        } else {
            CacheState::Doubt
        }
    }

    pub(super) fn beat(&self, now: Instant) -> Beat {
        let number = self.sent.fetch_add(1, Ordering::AcqRel) + 1;
        Beat { number, sent: now, sent_on_wall: on_wall() }
    }

    /// It has come back.
    pub(super) fn heard(&self, beat: Beat) {
        self.until_on_wall.store(since_1970(beat.sent_on_wall + self.silence), Ordering::Release);
        self.until.store(self.nanos(beat.sent + self.silence), Ordering::Release);
        self.is_down.store(false, Ordering::Relaxed);
        self.heard.send_replace(beat.number);
    }

    /// Something may have been missed.
    pub(super) fn lost(&self) {
        self.until.store(0, Ordering::Release);
    }

    /// An attempt to listen has failed.
    pub(super) fn down(&self) {
        self.lost();
        self.is_down.store(true, Ordering::Relaxed);
    }

    /// Waits until all that was committed before the call has been heard.
    pub(super) async fn caught_up(&self) {
        // The one under way, if there is one, may have been sent before.
        let next = self.sent.load(Ordering::Acquire) + 1;
        let mut heard = self.heard.subscribe();
        self.wanted.notify_one();
        // The sender lives as long as this.
        let _ = heard.wait_for(|number| *number >= next).await;
    }

    /// Waits until somebody wants a beat at once.
    pub(super) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    fn nanos(&self, time: Instant) -> u64 {
        u64::try_from(time.saturating_duration_since(self.begin).as_nanos()).unwrap_or(u64::MAX)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "two readings of it are compared; no time of a session is made of it"
)]
fn on_wall() -> SystemTime {
    SystemTime::now()
}

fn since_1970(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::future::poll_immediate;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn nobody_is_believed_before_a_sign_of_life() {
        let trust = Trust::new(SECOND);
        assert_eq!(trust.state(Instant::now()), CacheState::Doubt);
    }

    #[test]
    fn a_sign_of_life_is_good_from_when_it_was_sent_and_not_from_when_it_came() {
        let trust = Trust::new(3 * SECOND);
        let sent = Instant::now();
        let beat = trust.beat(sent);
        assert!(!trust.holds(sent + SECOND), "it is still on its way");
        trust.heard(beat);
        assert!(trust.holds(sent + 2 * SECOND));
        assert!(!trust.holds(sent + 3 * SECOND), "silence is enough for doubt");
    }

    #[test]
    fn a_machine_that_has_slept_believes_nothing_when_it_wakes() {
        let trust = Trust::new(3 * SECOND);
        let (now, on_wall) = (Instant::now(), on_wall());
        trust.heard(trust.beat(now));
        assert!(trust.holds_at(now + SECOND, on_wall + SECOND));
        assert!(
            !trust.holds_at(now + SECOND, on_wall + 3600 * SECOND),
            "an hour that one clock has not seen"
        );
        assert!(!trust.holds_at(now + 3 * SECOND, on_wall - 3600 * SECOND), "a clock that was set back");
    }

    #[test]
    fn what_was_lost_is_not_believed_until_the_next_sign_of_life() {
        let trust = Trust::new(3 * SECOND);
        let now = Instant::now();
        trust.heard(trust.beat(now));
        trust.lost();
        assert_eq!(trust.state(now), CacheState::Doubt);
        trust.down();
        assert_eq!(trust.state(now), CacheState::Down);
        trust.heard(trust.beat(now));
        assert_eq!(trust.state(now), CacheState::Live);
    }

    #[tokio::test]
    async fn who_wants_to_be_up_to_date_waits_for_a_beat_that_was_sent_afterwards() {
        let trust = Trust::new(SECOND);
        let before = trust.beat(Instant::now());
        let caught_up = trust.caught_up();
        let mut caught_up = std::pin::pin!(caught_up);
        assert_eq!(poll_immediate(&mut caught_up).await, None);
        trust.heard(before);
        assert_eq!(poll_immediate(&mut caught_up).await, None, "that one was under way");
        trust.heard(trust.beat(Instant::now()));
        caught_up.await;
    }
}
