//! What is printed at the end.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::time::Duration;

use crate::check::{Findings, Invariant, Violation};
use crate::drive::Recovery;
use crate::history::{Call, CookieSaid, Event, History, Micros, Outcome, Seen};

/// Violations of one kind that are printed; the others are counted.
const SHOWN: usize = 3;

/// How often a fault was injected, the longest recovery, and what was in its way.
#[derive(Debug, Default)]
struct Injected {
    count: u64,
    worst: Duration,
    because: Option<String>,
}

/// What all rounds came to.
#[derive(Debug, Default)]
pub struct Totals {
    /// Answered, refused, unknown, by kind.
    operations: BTreeMap<&'static str, [u64; 3]>,
    faults: BTreeMap<&'static str, Injected>,
    /// Sights, absences, sessions.
    checked: [usize; 3],
    violations: BTreeMap<Invariant, usize>,
    failures: Vec<String>,
}

impl Totals {
    /// Adds a round.
    pub fn add(
        &mut self,
        history: &History,
        findings: &Findings,
        recoveries: &[Recovery],
        failures: &[String],
    ) {
        for event in &history.events {
            let place = match event.outcome {
                Outcome::Ok(_) => 0,
                Outcome::Refused | Outcome::Undone(_) => 1,
                Outcome::Unknown(_) | Outcome::Wrong(_) => 2,
            };
            self.operations.entry(event.call.name()).or_default()[place] += 1;
        }
        for fault in &history.faults {
            self.faults.entry(fault.name).or_default().count += 1;
        }
        for recovery in recoveries {
            let known = self.faults.entry(recovery.fault).or_default();
            if known.worst < recovery.took {
                (known.worst, known.because) = (recovery.took, recovery.because.clone());
            }
        }
        let counts = [findings.sights, findings.absences, findings.sessions];
        self.checked.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        for violation in &findings.violations {
            *self.violations.entry(violation.invariant).or_default() += 1;
        }
        self.failures.extend_from_slice(failures);
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty() && self.failures.is_empty()
    }

    /// How many of a kind were acknowledged.
    pub fn acknowledged(&self, kind: &str) -> u64 {
        self.operations.get(kind).map_or(0, |counts| counts[0])
    }

    /// How many faults there were.
    pub fn injected(&self) -> u64 {
        self.faults.values().map(|fault| fault.count).sum()
    }

    /// The kinds of operations.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.operations.keys().copied()
    }

    /// The tables.
    pub fn tables(&self) -> String {
        let mut text = String::from("| operation | ok | refused | unknown |\n| --- | --- | --- | --- |\n");
        let mut sums = [0; 3];
        for (name, counts) in &self.operations {
            let [ok, refused, unknown] = counts;
            let _ = writeln!(text, "| {name} | {ok} | {refused} | {unknown} |");
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        let [ok, refused, unknown] = sums;
        let _ = writeln!(text, "| all {} | {ok} | {refused} | {unknown} |", ok + refused + unknown);
        if !self.faults.is_empty() {
            text +=
                "\n| fault | injected | worst recovery | what was in its way |\n| --- | --- | --- | --- |\n";
            for (name, Injected { count, worst, because }) in &self.faults {
                let because: String = because.iter().flat_map(|why| why.chars()).take(80).collect();
                let _ = writeln!(text, "| {name} | {count} | {:.2} s | {because} |", worst.as_secs_f64());
            }
        }
        let [sights, absences, sessions] = self.checked;
        let _ = writeln!(
            text,
            "\nchecked: {sessions} sessions, seen alive {sights} times and missed {absences} times"
        );
        match self.violations.values().sum::<usize>() {
            0 => text += "violations: 0\n",
            all => {
                let _ = writeln!(text, "violations: {all}");
                for (invariant, count) in &self.violations {
                    let _ = writeln!(text, "  {invariant}: {count}");
                }
            }
        }
        for failure in &self.failures {
            let _ = writeln!(text, "failed: {failure}");
        }
        text
    }
}

/// The violations of a round, each with the events that contradict each other. Of each kind the shortest, and not more
/// than three.
pub fn violations(history: &History, findings: &Findings) -> String {
    let mut by_kind: BTreeMap<Invariant, Vec<&Violation>> = BTreeMap::new();
    for violation in &findings.violations {
        by_kind.entry(violation.invariant).or_default().push(violation);
    }
    let mut text = String::new();
    for (invariant, mut violations) in by_kind {
        let count = violations.len();
        violations.sort_by_key(|violation| violation.events.len());
        // One fault is seen again and again: each session once.
        let mut shown = HashSet::new();
        violations.retain(|violation| shown.insert(violation.events.first().copied()));
        for violation in violations.into_iter().take(SHOWN) {
            let _ = writeln!(text, "VIOLATION of {invariant}: {}", violation.sentence);
            for event in violation.events.iter().filter_map(|no| history.events.get(*no)) {
                let _ = writeln!(text, "  {}", line(event));
            }
        }
        let _ = writeln!(text, "({count} of {invariant} in all)");
    }
    text
}

/// Every event, with the rows that a census saw.
pub fn whole(history: &History) -> String {
    let mut text = String::new();
    for event in &history.events {
        let _ = writeln!(text, "{}", line(event));
        for row in event.outcome.answer().and_then(|answer| answer.rows.as_deref()).unwrap_or_default() {
            let _ = writeln!(text, "    {}: {}", row.handle, shown(row));
        }
    }
    for fault in &history.faults {
        let (begin, end) = (fault.begin as f64 / 1e6, fault.end as f64 / 1e6);
        let _ = writeln!(text, "fault {} from {begin:.6} s to {end:.6} s", fault.name);
    }
    text
}

/// One event, on one line.
pub fn line(event: &Event) -> String {
    let at = event.begin as f64 / 1e6;
    let took = duration(event.end - event.begin);
    let what = match &event.call {
        Call::Set(key) => format!("set {key}={}", event.no),
        Call::SetWithLine(key) => format!("set {key}={} with a line", event.no),
        Call::SetDetached(key) => format!("set {key}={} detached", event.no),
        Call::Both => format!("set p=q={}", event.no),
        Call::Remove(key) => format!("remove {key}"),
        Call::Login(owner) => format!("login {owner}"),
        Call::RevokeOwner(owner) => format!("revoke owner {owner}"),
        Call::Revoke(handle) | Call::EndDevice(handle) => format!("{} {handle}", event.call.name()),
        call => call.name().to_owned(),
    };
    let cookie = event.cookie.map(|cookie| format!(" with cookie {cookie}")).unwrap_or_default();
    let process = event.process.to_string();
    format!(
        "{at:10.6} s  {process:8} {:>6} {took:>9}  {what}{cookie} -> {}",
        format!("#{}", event.no),
        told(event)
    )
}

fn told(event: &Event) -> String {
    let answer = match &event.outcome {
        Outcome::Refused => return "no session".to_owned(),
        Outcome::Unknown(why) => return format!("unknown: {}", why.chars().take(60).collect::<String>()),
        Outcome::Undone(why) => return why.chars().take(60).collect(),
        Outcome::Wrong(why) => return format!("WRONG: {why}"),
        Outcome::Ok(answer) => answer,
    };
    let mut text = match answer.cookie {
        CookieSaid::Nothing => "ok, no cookie".to_owned(),
        CookieSaid::Keep => "ok, written".to_owned(),
        CookieSaid::New(cookie) => format!("ok, cookie {cookie}"),
        CookieSaid::Drop => "ok, cookie dropped".to_owned(),
    };
    if let Some(seen) = &answer.seen {
        let _ = write!(text, "; saw {}", shown(seen));
    }
    match (&answer.handles, &answer.rows) {
        (Some(handles), _) => drop(write!(text, "; {} listed", handles.len())),
        (_, Some(rows)) => drop(write!(text, "; {} rows", rows.len())),
        _ => {}
    }
    text
}

fn shown(seen: &Seen) -> String {
    let values: Vec<String> = seen.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let owner = seen.owner.iter().map(|owner| format!(" of {owner}")).collect::<String>();
    format!("version {}{owner}: {}", seen.version, values.join(" "))
}

/// In a unit that suits it.
pub(crate) fn duration(time: Micros) -> String {
    match time {
        0..1_000 => format!("{time} µs"),
        1_000..1_000_000 => format!("{:.1} ms", time as f64 / 1e3),
        _ => format!("{:.2} s", time as f64 / 1e6),
    }
}
