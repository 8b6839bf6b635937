//! Load that goes on until it is told to stop, and remembers when each call was answered.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;

use super::Result;
use super::calls::Verb;
use super::crowd::{IN_FLIGHT, percentiles};
use super::dice::{Dice, Popularity};
use super::table::Table;

/// Of ten calls, so many are reads, and the others updates.
const READS_OF_TEN: usize = 9;

pub(super) struct Load {
    begin: Instant,
    stop: Arc<AtomicBool>,
    visitors: JoinSet<std::result::Result<Vec<Answered>, Box<dyn Error + Send + Sync>>>,
}

/// Seconds since the load began, and microseconds that the call took.
#[derive(Clone, Copy)]
struct Answered {
    at: f32,
    took: f32,
}

impl Load {
    /// 128 who each make the next call when the last is answered.
    pub(super) fn start(table: &Table) -> Self {
        let (begin, stop) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let mut visitors = JoinSet::new();
        for number in 0..IN_FLIGHT {
            let (store, ids, stop) = (table.store.clone(), Arc::clone(&table.ids), Arc::clone(&stop));
            visitors.spawn(async move {
                let mut dice = Dice::new(number as u64 + 1);
                let mut answered = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let id = &ids[Popularity::Uniform.pick(&mut dice, 0, ids.len())];
                    let verb = if dice.below(10) < READS_OF_TEN { Verb::Load } else { Verb::Update };
                    let sent = Instant::now();
                    verb.call(&store, id).await?;
                    let took = sent.elapsed().as_secs_f32() * 1e6;
                    answered.push(Answered { at: begin.elapsed().as_secs_f32(), took });
                }
                Ok(answered)
            });
        }
        Self { begin, stop, visitors }
    }

    /// Seconds since it began.
    pub(super) fn now(&self) -> f32 {
        self.begin.elapsed().as_secs_f32()
    }

    /// Ends it.
    pub(super) async fn stop(mut self) -> Result<Answers> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        while let Some(visitor) = self.visitors.join_next().await {
            all.extend(visitor??);
        }
        all.sort_unstable_by(|one, other| one.at.total_cmp(&other.at));
        Ok(Answers(all))
    }
}

/// All that was answered, in order.
pub(super) struct Answers(Vec<Answered>);

impl Answers {
    /// Calls a second, p50 and p99 in microseconds, of a span of time.
    pub(super) fn between(&self, from: f32, to: f32) -> (f64, f64, f64) {
        let place = |time: f32| self.0.partition_point(|answered| answered.at < time);
        let span = &self.0[place(from)..place(to)];
        let mut times: Vec<f32> = span.iter().map(|answered| answered.took).collect();
        let [p50, p99] = percentiles(&mut times);
        (span.len() as f64 / f64::from(to - from), p50, p99)
    }
}
