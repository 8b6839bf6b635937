//! The long form: `./dev fuzz`. Target by target, in turns of a minute at most, each in a process of its own, so
//! that not even an exhausted stack ends it.

#![forbid(unsafe_code)]

mod options;
mod turn;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use fuzz::Target;
use options::Options;
use turn::{Turn, ended};

/// How long a turn takes.
const TURN: Duration = Duration::from_secs(60);

/// A target that has found so much is left alone until somebody has looked at it.
const ENOUGH: usize = 5;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [first, rest @ ..] = &*words
        && first == turn::WORD
    {
        return turn::take(rest);
    }
    let options = match Options::read(&words) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("error: {why}\n\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    println!("{:22}{:>14}{:>10}{:>13}{:>10}", "target", "executions", "seconds", "a second", "findings");
    let (mut all, mut found) = (0, 0);
    for target in &options.targets {
        let (executions, findings) = work_on(target, &options);
        all += executions;
        found += findings;
    }
    println!("{:22}{all:>14}{:>10}{:>13}{found:>10}", "all", "", "");
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One target's turns, and its line.
fn work_on(target: &'static Target, options: &Options) -> (u64, usize) {
    let begin = Instant::now();
    let (mut executions, mut time, mut findings, mut seed) = (0_u64, Duration::ZERO, 0, options.seed);
    while executions < options.executions && findings < ENOUGH {
        let left = options.time.map_or(TURN, |time| time.saturating_sub(begin.elapsed()));
        if left.is_zero() {
            break;
        }
        let turn = Turn { target, seed, executions: options.executions - executions, time: left.min(TURN) };
        let (tried, took, finding) = ended(&turn);
        executions += tried;
        time += took;
        if let Some(finding) = finding {
            findings += 1;
            eprintln!("{target:?}: seed {seed} found {}", finding.display());
        }
        seed += 1;
    }
    let seconds = time.as_secs_f64();
    let rate = if seconds > 0.0 { executions as f64 / seconds } else { 0.0 };
    println!("{:22}{executions:>14}{seconds:>10.1}{rate:>13.0}{findings:>10}", target.name);
    (executions, findings)
}
