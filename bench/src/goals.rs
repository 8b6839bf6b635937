//! What was wanted, beside what was measured.

use std::fmt::Write as _;

use crate::contenders::{ALL, Contender, Program};
use crate::outcome::{Group, Outcome};
use crate::workload::Workload::{self, Anonymous, Change, Create, Mix, Read};

/// Connections at which latency is judged.
const ALONE: u32 = 1;

struct Goal {
    what: String,
    wanted: Wanted,
    measured: Option<f64>,
}

enum Wanted {
    AtMost(f64),
    AtLeast(f64),
}
use Wanted::{AtLeast, AtMost};

/// What is compared of two contenders.
type Figure = fn(&Group) -> f64;

const CPU: Figure = |group| group.cpu();
const RATE: Figure = |group| group.per_second();
const LATENCY: Figure = |group| group.median(|sample| sample.p50_ms);

/// The goals as a table. What they speak of may not have been measured.
pub(crate) fn table(outcome: &Outcome) -> String {
    let busy = outcome.cases().iter().map(|(_, connections)| *connections).find(|count| *count > ALONE);
    let judge = Judge { outcome, busy: busy.unwrap_or(128) };
    let mut text = format!(
        "### Goals, at {} connections\n\n| goal | wanted | measured | |\n| --- | --- | --- | --- |\n",
        judge.busy
    );
    for goal in judge.goals().into_iter().chain(judge.peers()) {
        let (sign, bound) = match goal.wanted {
            AtMost(bound) => ('≤', bound),
            AtLeast(bound) => ('≥', bound),
        };
        let measured = goal.measured.map_or("–".to_owned(), |measured| format!("{measured:.2}"));
        let verdict = match (goal.measured, goal.wanted) {
            (None, _) => "not measured",
            (Some(measured), AtMost(bound)) if measured <= bound => "met",
            (Some(measured), AtLeast(bound)) if measured >= bound => "met",
            _ => "**missed**",
        };
        let _ = writeln!(text, "| {} | {sign} {bound} | {measured} | {verdict} |", goal.what);
    }
    text
}

struct Judge<'a> {
    outcome: &'a Outcome,
    busy: u32,
}

impl Judge<'_> {
    fn goals(&self) -> Vec<Goal> {
        let goal = |what: &str, wanted, one: &str, other: &str, workload, figure| Goal {
            what: what.to_owned(),
            wanted,
            measured: self.ratio(one, other, workload, self.busy, figure),
        };
        let alone = |what: &str, workload| Goal {
            what: what.to_owned(),
            wanted: AtMost(1.0),
            measured: self.ratio("ours", "floor", workload, ALONE, LATENCY),
        };
        vec![
            goal("read, no cache: CPU of the floor's", AtMost(0.33), "ours", "floor", Read, CPU),
            goal("read, no cache: requests/s of the floor's", AtLeast(2.5), "ours", "floor", Read, RATE),
            goal("read, cached: CPU of the ceiling's", AtMost(1.6), "cached", "ceiling", Read, CPU),
            goal("read, cached: requests/s of the ceiling's", AtLeast(0.8), "cached", "ceiling", Read, RATE),
            goal("change, no cache: CPU of the floor's", AtMost(0.25), "ours", "floor", Change, CPU),
            goal("change, no cache: requests/s of the floor's", AtLeast(3.0), "ours", "floor", Change, RATE),
            goal("create: CPU of a hand-written insert's", AtMost(0.45), "ours", "floor", Create, CPU),
            goal("create: CPU of Redis'", AtMost(1.0), "ours", "redis", Create, CPU),
            goal("anonymous: CPU of the ceiling's", AtMost(1.05), "ours", "ceiling", Anonymous, CPU),
            alone("read, 1 connection: median latency of the floor's", Read),
            alone("change, 1 connection: median latency of the floor's", Change),
        ]
    }

    /// Ahead of all others, one by one: each workload beside whoever is best at it.
    fn peers(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        for (name, workloads) in
            [("ours", &[Read, Change, Create, Anonymous, Mix][..]), ("cached", &[Read, Mix][..])]
        {
            for workload in workloads {
                goals.push(self.best(name, *workload, self.busy, "CPU", CPU));
                goals.push(self.best(name, *workload, self.busy, "requests/s", RATE));
            }
        }
        for workload in [Read, Change] {
            goals.push(self.best("ours", workload, ALONE, "median latency", LATENCY));
        }
        goals
    }

    fn best(&self, name: &str, workload: Workload, connections: u32, what: &str, figure: Figure) -> Goal {
        let is_more_better = what == "requests/s";
        let mut best: Option<(&str, f64)> = None;
        for rival in ALL.into_iter().filter(|one| is_rival(*one, name, workload)) {
            let Some(ratio) = self.ratio(name, rival.name, workload, connections, figure) else {
                continue;
            };
            if best.is_none_or(|(_, worst)| if is_more_better { ratio < worst } else { ratio > worst }) {
                best = Some((rival.name, ratio));
            }
        }
        let cache = if name == "cached" { ", cached" } else { "" };
        let plural = if connections == 1 { "" } else { "s" };
        Goal {
            what: format!(
                "{}{cache}, {connections} connection{plural}: {what} of the best peer's ({})",
                workload.name(),
                best.map_or("none", |(rival, _)| rival)
            ),
            wanted: if is_more_better { AtLeast(1.0) } else { AtMost(1.0) },
            measured: best.map(|(_, ratio)| ratio),
        }
    }

    fn ratio(
        &self,
        one: &str,
        other: &str,
        workload: Workload,
        connections: u32,
        figure: Figure,
    ) -> Option<f64> {
        let of = |name| self.outcome.group(name, workload, connections).map(|group| figure(&group));
        Some(of(one)? / of(other)?)
    }
}

/// Other libraries, and the other way to do it by hand. Without a cache nobody competes with one; and an
/// application without a library has nothing to do for a visitor without a cookie.
fn is_rival(contender: Contender, name: &str, workload: Workload) -> bool {
    let is_library = contender.program != Program::Ours;
    let is_by_hand = contender.name == "pipelined" && workload != Anonymous;
    (is_library || is_by_hand) && (name == "cached" || !contender.is_cached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{About, Sample};

    fn sample(contender: &str, cpu: f64) -> Sample {
        Sample {
            contender: contender.to_owned(),
            workload: Read,
            connections: 128,
            per_second: 1e6 / cpu,
            p50_ms: 1.0,
            p99_ms: 2.0,
            application_us: cpu / 2.0,
            database_us: cpu / 2.0,
            transactions: None,
            wal_bytes: None,
        }
    }

    #[test]
    fn a_goal_is_met_or_missed_and_what_was_not_measured_is_neither() {
        let about = About {
            date: String::new(),
            postgres: String::new(),
            cores: 2,
            rounds: 1,
            sessions: 1,
            is_durable: false,
        };
        let samples = [("floor", 100.0), ("ours", 20.0), ("redis", 10.0), ("tower-moka", 5.0)];
        let samples = samples.map(|(name, cpu)| sample(name, cpu)).to_vec();
        let table = table(&Outcome { about, samples });
        for line in [
            "| read, no cache: CPU of the floor's | ≤ 0.33 | 0.20 | met |",
            "| read, no cache: requests/s of the floor's | ≥ 2.5 | 5.00 | met |",
            "| read, cached: CPU of the ceiling's | ≤ 1.6 | – | not measured |",
            "| read, 128 connections: CPU of the best peer's (redis) | ≤ 1 | 2.00 | **missed** |",
        ] {
            assert!(table.contains(line), "{line}\n{table}");
        }
    }
}
