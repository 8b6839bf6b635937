//! Faults take turns, with quiet in between.

use std::convert::Infallible;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};

use super::census::activity;
use super::client::Client;
use super::places::Places;
use crate::dice::Dice;
use crate::faults::Fault;
use crate::history::{Recorder, Trouble};
use crate::stage::Stage;

/// A fault that was injected, and how long after it was healed every application answered again.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// The fault's name.
    pub fault: &'static str,
    /// How long it took.
    pub took: Duration,
    /// What was in the way for longest, if anything was.
    pub because: Option<String>,
}

/// An application that is still not well after this will not be.
const PATIENCE: Duration = Duration::from_secs(60);

/// Usually all are well after two. Who takes longer is looked at.
const LONG: Duration = Duration::from_secs(5);

pub(super) struct Schedule<'a> {
    stage: &'a Stage,
    recorder: &'a Recorder,
    places: &'a Places,
    faults: &'a [&'a dyn Fault],
    dice: Dice,
    seed: u64,
    pub(super) recoveries: Vec<Recovery>,
    /// Faults that could not be injected or healed, and applications that did not recover.
    pub(super) failures: Vec<String>,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(
        stage: &'a Stage,
        recorder: &'a Recorder,
        places: &'a Places,
        faults: &'a [&'a dyn Fault],
        seed: u64,
    ) -> Self {
        let dice = Dice::of(seed, u64::MAX);
        Self { stage, recorder, places, faults, dice, seed, recoveries: Vec::new(), failures: Vec::new() }
    }

    /// Every fault in turn, in an order of chance, again and again until it is time; one at least, if there is any.
    pub(super) async fn run(&mut self, end: Instant) {
        let mut queue: Vec<&dyn Fault> = Vec::new();
        let is_due = |schedule: &Self| {
            let has_none = !schedule.faults.is_empty() && schedule.recoveries.is_empty();
            Instant::now() < end || (has_none && schedule.failures.is_empty())
        };
        while is_due(self) {
            let pause = Duration::from_millis(400 + self.dice.below(1200) as u64);
            let left = end.saturating_duration_since(Instant::now());
            tokio::time::sleep(pause.min(left)).await;
            if queue.is_empty() {
                queue.extend(self.faults);
            }
            if queue.is_empty() {
                continue;
            }
            let fault = queue.swap_remove(self.dice.below(queue.len()));
            self.inject(fault).await;
        }
    }

    async fn inject(&mut self, fault: &dyn Fault) {
        let begin = self.recorder.now();
        let mut dice = Dice::of(self.seed, self.dice.number());
        let injected = fault.inject(self.stage, &mut dice).await;
        let healed = Instant::now();
        self.recorder.trouble(Trouble { name: fault.name(), begin, end: self.recorder.now() });
        if let Err(error) = injected {
            self.failures.push(format!("{}: {error}", fault.name()));
        }
        match self.until_all_answer(healed).await {
            Some((took, because)) => {
                self.recoveries.push(Recovery { fault: fault.name(), took, because });
            }
            None => {
                let sentence = format!("{}: not every application answers after a minute", fault.name());
                self.failures.push(sentence);
            }
        }
    }

    /// How long it takes until each has begun a session: that takes the whole way to the disk and back.
    async fn until_all_answer(&self, healed: Instant) -> Option<(Duration, Option<String>)> {
        let answers = pin!(self.answers(healed));
        let watching = pin!(self.watch());
        match select(answers, watching).await {
            Either::Left((answered, _)) => answered,
            Either::Right((never, _)) => match never {},
        }
    }

    /// Tells what the server is at, for as long as that takes.
    async fn watch(&self) -> Infallible {
        loop {
            tokio::time::sleep(LONG).await;
            eprintln!("{:.3} s: not all applications have answered", self.recorder.now() as f64 / 1e6);
            match activity(&self.stage.url()).await {
                Ok(lines) => lines.iter().for_each(|line| eprintln!("  {line}")),
                Err(error) => eprintln!("  the server does not tell what it is at: {error}"),
            }
        }
    }

    async fn answers(&self, healed: Instant) -> Option<(Duration, Option<String>)> {
        let mut client = Client::new(u32::MAX - 1, &self.stage.apps, self.recorder, self.places);
        let mut because = None;
        for process in 0..self.stage.apps.len() {
            let place = process % self.places.len();
            while let Some(why) = client.begin(place, process, PATIENCE).await {
                if healed.elapsed() > PATIENCE {
                    return None;
                }
                because = Some(format!("{}: {why}", self.stage.apps.process(process)));
                if healed.elapsed() > LONG {
                    eprintln!(
                        "{:.3} s: {}",
                        self.recorder.now() as f64 / 1e6,
                        because.as_deref().unwrap_or_default()
                    );
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Some((healed.elapsed(), because))
    }
}
