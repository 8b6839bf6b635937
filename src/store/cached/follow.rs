//! The task that listens, and keeps the cache true.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use sqlx::postgres::PgConnectOptions;
use tokio::time::timeout;

use super::Shared;
use super::greetings::Greetings;
use super::trust::Beat;
use crate::error::StoreError;
use crate::store::PostgresStore;
use crate::store::postgres::listen::{Heard, Listener};
use crate::telemetry;

/// How long to wait after a failure, at first and at most.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Signs of life within the time that one is good for, so that a late one is not doubt at once.
const BEATS: u32 = 3;

/// Two clocks that went further apart than this, from one beat to the next, did not go alike.
const JUMP: f64 = 1.0;

/// Listens for ever, connecting again whenever the connection is lost.
pub(super) async fn follow(shared: Arc<Shared>, store: PostgresStore, listen_with: Option<PgConnectOptions>) {
    let mut wait = SHORTEST_WAIT;
    loop {
        // Asked each time: a password may have been changed since.
        let options = listen_with.clone().unwrap_or_else(|| (*store.pool().connect_options()).clone());
        let error = match Listener::connect(&store, options).await {
            Ok(listener) => {
                let mut hearing = Hearing::new(&shared, &store, listener);
                let error = hearing.go_on().await;
                if hearing.is_live {
                    wait = SHORTEST_WAIT;
                }
                // Not believed from here on, so nobody reads what is being dropped.
                shared.trust.lost();
                error
            }
            Err(error) => {
                shared.trust.down();
                error
            }
        };
        shared.entries.forget_all();
        telemetry::cache_doubt(&error);
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// One connection's life.
struct Hearing<'a> {
    shared: &'a Shared,
    store: &'a PostgresStore,
    listener: Listener,
    greetings: Greetings,
    is_live: bool,
    under_way: Option<Beat>,
    next_beat: Instant,
    /// A moment by this machine's clock and by the database's.
    clocks: Option<(Instant, f64)>,
}

enum Event {
    Heard(Heard),
    BeatWanted,
    TimeIsUp,
}

impl<'a> Hearing<'a> {
    fn new(shared: &'a Shared, store: &'a PostgresStore, listener: Listener) -> Self {
        let now = Instant::now();
        let greetings = Greetings::new(shared.trust.silence(), now);
        Self {
            shared,
            store,
            listener,
            greetings,
            is_live: false,
            under_way: None,
            next_beat: now,
            clocks: None,
        }
    }

    /// Hears until it cannot be sure any more that it hears everything.
    async fn go_on(&mut self) -> StoreError {
        loop {
            if let Err(error) = self.step().await {
                return error;
            }
        }
    }

    async fn step(&mut self) -> Result<(), StoreError> {
        self.greetings.go_on(Instant::now(), || self.listener.greeting(self.store))?;
        if self.under_way.is_none() && self.next_beat <= Instant::now() {
            self.beat().await?;
        }
        let silence = self.shared.trust.silence();
        let limit = self.under_way.map_or(self.next_beat, |beat| beat.sent + silence);
        match self.next(limit).await? {
            Event::Heard(Heard::Announcement(announcement)) => self.shared.entries.heard(&announcement),
            Event::Heard(Heard::Greeting) => self.greetings.heard(Instant::now()),
            Event::Heard(Heard::Beat(number)) => self.is_back(number),
            Event::BeatWanted => self.next_beat = Instant::now(),
            Event::TimeIsUp if self.under_way.is_some() => return Err(silent()),
            Event::TimeIsUp => {}
        }
        Ok(())
    }

    async fn next(&mut self, limit: Instant) -> Result<Event, StoreError> {
        let heard = pin!(self.listener.next());
        let wanted = pin!(self.shared.trust.wanted());
        let any = async {
            match select(heard, wanted).await {
                Either::Left((heard, _)) => heard.map(Event::Heard),
                Either::Right(((), _)) => Ok(Event::BeatWanted),
            }
        };
        tokio::time::timeout_at(limit.into(), any).await.unwrap_or(Ok(Event::TimeIsUp))
    }

    async fn beat(&mut self) -> Result<(), StoreError> {
        let silence = self.shared.trust.silence();
        let beat = self.shared.trust.beat(Instant::now());
        let clock = within(silence, self.listener.beat(beat.number)).await?;
        let now = Instant::now();
        if let Some((then, clock_then)) = self.clocks {
            // The answer may have been made at any moment from sending to now.
            let slack = JUMP + now.duration_since(beat.sent).as_secs_f64();
            let here = now.duration_since(then).as_secs_f64();
            if ((clock - clock_then) - here).abs() > slack {
                self.shared.entries.forget_all();
                telemetry::cache_clock_jumped();
            }
        }
        self.clocks = Some((now, clock));
        self.under_way = Some(beat);
        self.next_beat = beat.sent + silence / BEATS;
        Ok(())
    }

    fn is_back(&mut self, number: u64) {
        let Some(beat) = self.under_way.take_if(|beat| beat.number == number) else { return };
        if !self.is_live {
            self.is_live = true;
            self.shared.entries.forget_all();
            telemetry::cache_live();
        }
        self.shared.trust.heard(beat);
    }
}

async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout(time, work).await.unwrap_or_else(|_| Err(silent()))
}

fn silent() -> StoreError {
    StoreError::failed(
        "no sign of life came back; if the connection leads through PgBouncer, give the cache a direct one with `Caching::listen_with`",
    )
}
