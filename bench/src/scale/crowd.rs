//! Many calls, one at a time or 128 in flight, and how long each took.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use actix_pg_session::{PostgresStore, SessionId};
use tokio::task::JoinSet;

use super::Result;
use super::calls::Verb;
use super::dice::{Dice, Popularity};

/// How many calls a crowd has in flight.
pub(super) const IN_FLIGHT: usize = 128;

/// What came of some calls. Times are in microseconds.
pub(super) struct Outcome {
    pub(super) per_second: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
}

/// One call after the other.
pub(super) async fn lone(
    store: &PostgresStore,
    verb: Verb,
    ids: &[SessionId],
    popularity: Popularity,
    calls: std::ops::Range<usize>,
) -> Result<Vec<f32>> {
    let mut dice = Dice::new(calls.start as u64 + 1);
    let mut times = Vec::with_capacity(calls.len());
    for turn in calls {
        let id = &ids[popularity.pick(&mut dice, turn, ids.len())];
        let begin = Instant::now();
        verb.call(store, id).await?;
        times.push(begin.elapsed().as_secs_f32() * 1e6);
    }
    Ok(times)
}

/// As many calls by 128 who each make the next when the last is answered.
pub(super) async fn crowd(
    store: &PostgresStore,
    verb: Verb,
    ids: &Arc<Vec<SessionId>>,
    popularity: Popularity,
    calls: usize,
    seed: u64,
) -> Result<Outcome> {
    let taken = Arc::new(AtomicUsize::new(0));
    let mut visitors = JoinSet::new();
    let begin = Instant::now();
    for number in 0..IN_FLIGHT {
        let (store, ids, taken) = (store.clone(), Arc::clone(ids), Arc::clone(&taken));
        visitors.spawn(async move {
            let mut dice = Dice::new(seed * 1000 + number as u64 + 1);
            let mut times = Vec::new();
            loop {
                let turn = taken.fetch_add(1, Ordering::Relaxed);
                if turn >= calls {
                    return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times);
                }
                let id = &ids[popularity.pick(&mut dice, turn, ids.len())];
                let begin = Instant::now();
                verb.call(&store, id).await?;
                times.push(begin.elapsed().as_secs_f32() * 1e6);
            }
        });
    }
    let mut times = Vec::with_capacity(calls);
    while let Some(visitor) = visitors.join_next().await {
        times.extend(visitor??);
    }
    let per_second = times.len() as f64 / begin.elapsed().as_secs_f64();
    let [p50, p99] = percentiles(&mut times);
    Ok(Outcome { per_second, p50, p99 })
}

/// The median, and what one call in a hundred exceeds.
pub(super) fn percentiles(times: &mut [f32]) -> [f64; 2] {
    times.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| {
        let place = (times.len() as f64 * share) as usize;
        times.get(place.min(times.len().saturating_sub(1))).copied().map_or(f64::NAN, f64::from)
    };
    [at(0.5), at(0.99)]
}
