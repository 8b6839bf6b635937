//! The two drivers, and one script played to both.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::compare::{Aspect, Difference, differences};
use super::differences::{Case, Deliberate};
use super::driver::{Program, Starting};
use super::options::{Options, Store};
use super::script::{Request, Script, Step};
use super::side::{Seen, Side};

/// express-session, and what is compared with it.
pub(crate) struct Pair {
    express: Side,
    other: Side,
    deliberate: &'static [Deliberate],
}

/// How a script went.
#[derive(Debug, Default)]
pub(crate) struct Played {
    pub(crate) requests: usize,
    /// How often each deliberate difference was met.
    pub(crate) allowed: BTreeMap<&'static str, usize>,
    pub(crate) fault: Option<Fault>,
}

/// The first exchange with a difference that nobody means.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The place of its step in the script, after which the script ended.
    pub(crate) step: usize,
    pub(crate) differences: Vec<Difference>,
}

impl Fault {
    /// What tells one cause from another: where it shows first.
    pub(crate) fn aspect(&self) -> Aspect {
        self.differences[0].aspect
    }

    /// The same, with what the driver has complained about.
    pub(crate) fn with_last_words(mut self, complaints: &str) -> Self {
        for difference in &mut self.differences {
            difference.other = format!("{}; {}", difference.other, complaints.trim_end());
        }
        self
    }
}

impl Pair {
    pub(crate) async fn new(other: Program, store: Store, deliberate: &'static [Deliberate]) -> Self {
        let (express, other) = (Side::new(Program::Express, store).await, Side::new(other, store).await);
        Self { express, other, deliberate }
    }

    /// Starts both with these options and empty stores. An error says why the other one does not.
    pub(crate) async fn start(&mut self, options: &Options) -> Result<(), String> {
        let (express, other) = (self.express.start(options).await, self.other.start(options).await);
        self.express.started(express.wait().expect("express-session takes all these options"));
        self.other.started(Starting::wait(other)?);
        Ok(())
    }

    /// Ends the other driver. The answer is what it complained about.
    pub(crate) fn end(&mut self) -> String {
        self.express.end();
        self.other.end()
    }

    /// Plays a script to both, until they differ.
    pub(crate) async fn play(&mut self, script: &Script, options: &Options) -> Played {
        self.express.begin();
        self.other.begin();
        let mut played = Played::default();
        let mut requests: Vec<&Request> = Vec::new();
        let (begin, mut passed) = (Instant::now(), Duration::ZERO);
        // The longest time within which both did the same.
        let mut slack = 0.0_f64;
        for (at, step) in script.steps.iter().enumerate() {
            let request = match step {
                Step::Pass(time) => {
                    passed += self.pass(*time, options.store).await;
                    continue;
                }
                Step::Ask(request) => request,
            };
            requests.push(request);
            played.requests += 1;
            let now = (begin.elapsed() + passed).as_secs_f64();
            let (express, other) = tokio::join!(
                self.express.perform(request, options, now),
                self.other.perform(request, options, now)
            );
            let all = match (express, other) {
                (Ok(express), Ok(other)) => {
                    slack = slack.max(apart(&express, &other));
                    // Both ends of a length of time may be off by as much.
                    differences(&express.observation, &other.observation, 2.0 * slack)
                }
                (express, other) => vec![no_reply(express, other)],
            };
            let all = all.into_iter().filter(|difference| {
                let case = Case { options, requests: &requests, difference };
                let known = self.deliberate.iter().find(|deliberate| (deliberate.applies)(&case));
                if let Some(known) = known {
                    *played.allowed.entry(known.name).or_default() += 1;
                }
                known.is_none()
            });
            let differences: Vec<_> = all.collect();
            if !differences.is_empty() {
                played.fault = Some(Fault { step: at, differences });
                break;
            }
        }
        played
    }

    /// Answers the time that passes without being waited for.
    async fn pass(&mut self, time: Duration, store: Store) -> Duration {
        match store {
            Store::Memory => {
                tokio::time::sleep(time).await;
                Duration::ZERO
            }
            Store::Table => {
                self.express.elapse(time).await;
                self.other.elapse(time).await;
                time
            }
        }
    }
}

/// In how many seconds both did it.
fn apart(express: &Seen, other: &Seen) -> f64 {
    express.arrived.max(other.arrived) - express.sent.min(other.sent)
}

fn no_reply(express: Result<Seen, String>, other: Result<Seen, String>) -> Difference {
    let told = |seen: Result<Seen, String>| seen.map_or_else(|error| error, |_| "a reply".to_owned());
    Difference { aspect: Aspect::Reply, express: told(express), other: told(other), times: None }
}
