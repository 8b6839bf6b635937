//! How a cache is set up, and what it says of itself.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::CacheState;

/// How a cache goes about it. A number of sessions will do: `store.cached(100_000)`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Caching {
    pub(super) capacity: usize,
    pub(super) max_silence: Duration,
    pub(super) listen_with: Option<PgConnectOptions>,
}

impl Caching {
    /// Keeps up to so many sessions, those that are used most.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, max_silence: Duration::from_secs(3), listen_with: None }
    }

    /// How long the cache believes itself without a sign of life. It bounds how old a read can be when the
    /// network drops packets without a word; a third of it is how often a sign of life is sent. Default: three
    /// seconds. At least 100 milliseconds, at most an hour.
    pub fn max_silence(self, max_silence: Duration) -> Self {
        Self { max_silence: max_silence.clamp(Duration::from_millis(100), Duration::from_secs(3600)), ..self }
    }

    /// Where to listen, when the pool leads through PgBouncer, which does not pass notifications on in
    /// transaction mode: the address of the database itself. Default: as the pool connects.
    ///
    /// It is tried out each time: what the pool sends must arrive there. A way that leads through PgBouncer after
    /// all, or to another database, leaves the cache [down](CacheState::Down), and the log says why.
    pub fn listen_with(self, options: PgConnectOptions) -> Self {
        Self { listen_with: Some(options), ..self }
    }
}

impl From<usize> for Caching {
    fn from(capacity: usize) -> Self {
        Self::new(capacity)
    }
}

/// What a cache has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Whether it answers.
    pub state: CacheState,
    /// Sessions in memory now, about: some may have ended and answer nobody any more.
    pub sessions: usize,
    /// Lookups that found an entry: about the reads that it answered.
    pub hits: u64,
    /// Lookups that found none: about the reads that it would have answered, had it known the session.
    pub misses: u64,
}
