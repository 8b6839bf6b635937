//! What was measured, and the file that keeps it.

use std::error::Error;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::options::Options;
use crate::workload::Workload;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) about: About,
    pub(crate) samples: Vec<Sample>,
}

/// The circumstances.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) date: String,
    pub(crate) postgres: String,
    pub(crate) cores: usize,
    pub(crate) rounds: u32,
    pub(crate) sessions: u32,
    pub(crate) is_durable: bool,
}

/// One contender's round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) contender: String,
    pub(crate) workload: Workload,
    pub(crate) connections: u32,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Processor time per request.
    pub(crate) application_us: f64,
    pub(crate) database_us: f64,
    /// Of PostgreSQL, per request; there are none if the sessions are elsewhere.
    pub(crate) transactions: Option<f64>,
    pub(crate) wal_bytes: Option<f64>,
}

/// The same measured in each round.
#[derive(Debug)]
pub(crate) struct Group(Vec<Sample>);

impl About {
    pub(crate) fn new(options: &Options, postgres: String, date: String) -> Self {
        Self {
            date,
            postgres,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            rounds: options.rounds,
            sessions: options.sessions,
            is_durable: options.is_durable,
        }
    }
}

impl Outcome {
    /// The samples of one row of a table; `None` if it was not measured.
    pub(crate) fn group(&self, contender: &str, workload: Workload, connections: u32) -> Option<Group> {
        let is_wanted = |sample: &&Sample| {
            sample.contender == contender && sample.workload == workload && sample.connections == connections
        };
        let samples: Vec<_> = self.samples.iter().filter(is_wanted).cloned().collect();
        (!samples.is_empty()).then_some(Group(samples))
    }

    /// Workloads and connections, in the order in which they were measured.
    pub(crate) fn cases(&self) -> Vec<(Workload, u32)> {
        let mut cases = Vec::new();
        for sample in &self.samples {
            let case = (sample.workload, sample.connections);
            if !cases.contains(&case) {
                cases.push(case);
            }
        }
        cases
    }

    pub(crate) fn save(&self) -> Result<(), Box<dyn Error>> {
        let file = file();
        std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
        Ok(std::fs::write(file, serde_json::to_string_pretty(self)?)?)
    }

    /// The last one that was saved.
    pub(crate) fn load() -> Result<Self, Box<dyn Error>> {
        let text = std::fs::read_to_string(file()).map_err(|_| "nothing has been measured yet")?;
        Ok(serde_json::from_str(&text)?)
    }
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench/latest.json")
}

impl Group {
    pub(crate) fn median(&self, what: impl Fn(&Sample) -> f64) -> f64 {
        let mut values: Vec<f64> = self.0.iter().map(what).collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = ((values.len() - 1) / 2, values.len() / 2);
        f64::midpoint(values[low], values[high])
    }

    /// The same of what not everybody has.
    pub(crate) fn median_if(&self, what: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        self.0
            .iter()
            .all(|sample| what(sample).is_some())
            .then(|| self.median(|sample| what(sample).unwrap_or_default()))
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.median(|sample| sample.per_second)
    }

    pub(crate) fn cpu(&self) -> f64 {
        self.median(|sample| sample.application_us + sample.database_us)
    }

    /// Least and most requests a second.
    pub(crate) fn spread(&self) -> (f64, f64) {
        let rates = self.0.iter().map(|sample| sample.per_second);
        rates.fold((f64::MAX, 0.0), |(least, most), rate| (rate.min(least), rate.max(most)))
    }
}
