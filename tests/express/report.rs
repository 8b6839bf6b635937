//! What a run tells.

use std::collections::BTreeMap;
use std::fmt;

use super::differences::Deliberate;
use super::options::{Options, Store};
use super::pair::{Fault, Played};
use super::script::Script;

/// How a run went.
#[derive(Debug)]
pub(crate) struct Summary {
    name: &'static str,
    seed: u64,
    scenarios: usize,
    requests: usize,
    /// How often something was the first to differ.
    faults: BTreeMap<String, usize>,
    deliberate: &'static [Deliberate],
    /// How often each of those was met.
    allowed: BTreeMap<&'static str, usize>,
}

impl Summary {
    pub(crate) fn new(name: &'static str, seed: u64, deliberate: &'static [Deliberate]) -> Self {
        let (faults, allowed) = (BTreeMap::new(), BTreeMap::new());
        Self { name, seed, scenarios: 0, requests: 0, faults, deliberate, allowed }
    }

    /// Answers how many divergences there were by now that showed in the same thing.
    pub(crate) fn add(&mut self, played: &Played) -> usize {
        self.scenarios += 1;
        self.requests += played.requests;
        for (name, times) in &played.allowed {
            *self.allowed.entry(name).or_default() += times;
        }
        played.fault.as_ref().map_or(0, |fault| self.note(&format!("{:?}", fault.aspect())))
    }

    /// The same for a scenario that cannot be played: the driver does not start.
    pub(crate) fn add_refusal(&mut self) -> usize {
        self.scenarios += 1;
        self.note("Start")
    }

    pub(crate) fn scenarios(&self) -> usize {
        self.scenarios
    }

    pub(crate) fn allowed(&self) -> usize {
        self.allowed.values().sum()
    }

    pub(crate) fn divergences(&self) -> usize {
        self.faults.values().sum()
    }

    /// Without the numbers of places: `Result(3)` is a `Result`.
    fn note(&mut self, fault: &str) -> usize {
        let kind = fault.split('(').next().unwrap_or_default().to_owned();
        let count = self.faults.entry(kind).or_default();
        *count += 1;
        *count
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scenarios, requests) = (grouped(self.scenarios), grouped(self.requests));
        let (name, divergences, seed) = (self.name, grouped(self.divergences()), self.seed);
        write!(
            f,
            "conformance {name}: {scenarios} scenarios, {requests} requests, {divergences} divergences \
             (seed {seed})"
        )?;
        for (kind, count) in &self.faults {
            write!(f, "\n    first seen in {kind}: {count}")?;
        }
        for Deliberate { name, why, .. } in self.deliberate {
            if let Some(count) = self.allowed.get(name) {
                write!(f, "\n    on purpose: {name} ({} times): {why}", grouped(*count))?;
            }
        }
        Ok(())
    }
}

/// 17,345
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(",")
}

/// A divergence, as a person needs it.
pub(crate) struct Report<'a> {
    pub(crate) number: u64,
    pub(crate) seed: u64,
    pub(crate) options: &'a Options,
    /// What has been asked, the last of it with the difference. None if the driver did not start.
    pub(crate) script: Option<&'a Script>,
    pub(crate) fault: Result<&'a Fault, &'a str>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, seed, options, .. } = self;
        let text = serde_json::to_string(options).map_err(|_| fmt::Error)?;
        writeln!(f, "\ndivergence in scenario {number} of seed {seed} (again: SEED={seed} ONLY={number})")?;
        write!(f, "  OPTIONS={text}")?;
        if options.store == Store::Table {
            write!(f, ", in a database whose zone is {}", options.time_zone)?;
        }
        for step in self.script.iter().flat_map(|script| &script.steps) {
            write!(f, "\n  {step}")?;
        }
        match &self.fault {
            Err(complaint) => write!(f, "\n    {}", complaint.trim_end().replace('\n', "\n    ")),
            Ok(fault) => {
                for difference in &fault.differences {
                    write!(f, "\n    {difference}")?;
                }
                Ok(())
            }
        }
    }
}

#[test]
fn long_numbers_are_grouped() {
    assert_eq!([0, 17, 345, 2000, 17_345].map(grouped), ["0", "17", "345", "2,000", "17,345"]);
}
