//! One round: clients, a look at the table now and then, and faults.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::census::{self, Census};
use super::client::Client;
use super::places::Places;
use super::plan::Plan;
use super::schedule::{Recovery, Schedule};
use crate::faults::Fault;
use crate::history::{Call, History, Recorder};
use crate::stage::Stage;

/// How much is going on.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Who asks.
    pub clients: u32,
    /// Browsers: several clients use each.
    pub places: usize,
    /// How long it goes on.
    pub lasting: Duration,
    /// And longer, until so much was asked for: a machine may be slow.
    pub at_least: usize,
}

/// How often somebody looks at the table.
const BETWEEN_LOOKS: Duration = Duration::from_millis(400);

/// Plays a round; what happened, and how long the applications took to recover from each fault.
pub async fn play(
    stage: &Stage,
    load: Load,
    faults: &[&dyn Fault],
    seed: u64,
) -> (History, Vec<Recovery>, Vec<String>) {
    let (recorder, places, is_over) = (Recorder::default(), Places::new(load.places), AtomicBool::new(false));
    let clients = (0..load.clients).map(|number| {
        let mut client = Client::new(number, &stage.apps, &recorder, &places);
        let mut plan = Plan::new(seed, number, load.places, stage.apps.len());
        let is_over = &is_over;
        async move {
            while !is_over.load(Ordering::Relaxed) {
                if let Some(step) = plan.next() {
                    client.step(step).await;
                }
            }
        }
    });
    let looks = async {
        let mut census = Census::default();
        while !is_over.load(Ordering::Relaxed) {
            census.take(&stage.url(), &recorder).await;
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    let end = async {
        let begin = Instant::now();
        let mut schedule = Schedule::new(stage, &recorder, &places, faults, seed);
        schedule.run(begin + load.lasting).await;
        while recorder.invoked() < load.at_least {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        is_over.store(true, Ordering::Relaxed);
        (schedule.recoveries, schedule.failures)
    };
    let clients = futures_util::future::join_all(clients);
    let ((recoveries, mut failures), _, ()) = tokio::join!(end, clients, looks);
    last_looks(stage, &recorder, &places, load.clients, &mut failures).await;
    (recorder.close(), recoveries, failures)
}

/// After all is quiet everything must be seen by everybody.
async fn last_looks(
    stage: &Stage,
    recorder: &Recorder,
    places: &Places,
    number: u32,
    failures: &mut Vec<String>,
) {
    let patience = Duration::from_secs(10);
    let mut client = Client::new(number, &stage.apps, recorder, places);
    for process in 0..stage.apps.len() {
        for place in 0..places.len() {
            let held = places.current(place);
            let _ = client.ask(place, process, Call::Read, held, patience).await;
        }
        let _ = client.ask(0, process, Call::List, None, patience).await;
    }
    let _ = client.ask(0, 0, Call::Prune, None, patience).await;
    let mut census = Census::default();
    while !census.take(&stage.url(), recorder).await {
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    match census::lines(&stage.url()).await {
        Ok(lines) => recorder.lines(lines),
        Err(error) => failures.push(format!("nobody has seen the lines: {error}")),
    }
}
