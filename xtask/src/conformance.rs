//! `./dev conformance`: this crate beside the real express-session, at length.

use std::io::{BufRead, BufReader};
use std::process::{ExitCode, Stdio};

use xtask::command::run as run_command;
use xtask::postgres::{Cluster, Programs};
use xtask::{Error, OrSay, Result, node, say};

use crate::project::cargo;
use crate::refuse;

/// How many scenarios are played in memory if nobody says. A quarter of it is played on a table.
const SCENARIOS: &str = "2000";

/// The tests that compare the crate; the program has others, about the comparison.
const TESTS: &str = "are_those_of_express_session";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let wanted = match Wanted::read(arguments) {
        Ok(wanted) => wanted,
        Err(error) => return Ok(refuse(&error.to_string())),
    };
    Programs::find_or_install()?;
    node::modules()?;
    say("building the two drivers");
    run_command(&mut cargo(&["build", "--example", "express_driver", "--all-features"]))?;
    let test = ["test", "--quiet", "--all-features", "--test", "express"];
    run_command(cargo(&test).arg("--no-run"))?;

    say("starting a PostgreSQL");
    let cluster = Cluster::ephemeral()?;
    let mut tests = cargo(&test);
    tests.args(["--", "--nocapture", "--test-threads=1", TESTS]);
    tests.env("DATABASE_URL", cluster.url("postgres")).env("SCENARIOS", &wanted.scenarios);
    // A divergence is reported in full. Where in the tests it was noticed says nothing.
    tests.env("RUST_BACKTRACE", "0");
    if let Some(seed) = &wanted.seed {
        tests.env("SEED", seed);
    }
    let mut tests = tests
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // There, cargo and the test runner say at length that a test has failed.
        .stderr(Stdio::null())
        .spawn()
        .or_say(|| "cannot start cargo".to_owned())?;
    let summaries = tests.stdout.take().map_or(Ok(0), |output| told(BufReader::new(output)))?;
    let status = tests.wait().or_say(|| "cannot wait for cargo".to_owned())?;
    match (status.success(), summaries) {
        (true, 3) => Ok(ExitCode::SUCCESS),
        (false, 3) => Ok(ExitCode::FAILURE),
        _ => Err(Error::new(format!(
            "the comparison did not come to its end; `cargo {} -- {TESTS}` says why",
            test.join(" ")
        ))),
    }
}

/// Passes on the reports and summaries, and nothing of what the test runner says. Answers how many
/// summaries there were.
fn told(output: impl BufRead) -> Result<usize> {
    let mut summaries = 0;
    let mut is_told = false;
    for line in output.lines() {
        let line = line.or_say(|| "cannot read what the comparison says".to_owned())?;
        // The test runner puts a dot for the last test before what the next one says.
        let line = line.trim_start_matches('.');
        let is_summary = line.starts_with("conformance ");
        summaries += usize::from(is_summary);
        is_told = is_summary || line.starts_with("divergence ") || (is_told && line.starts_with("  "));
        if is_told {
            println!("{line}");
        }
    }
    Ok(summaries)
}

/// What the person asked for.
struct Wanted {
    seed: Option<String>,
    scenarios: String,
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self { seed: None, scenarios: SCENARIOS.to_owned() };
        let mut words = arguments.iter().flat_map(|word| word.splitn(2, '='));
        while let Some(name) = words.next() {
            let value = words.next().filter(|value| value.parse::<u64>().is_ok());
            match (name, value) {
                ("--seed", Some(value)) => wanted.seed = Some(value.to_owned()),
                ("--scenarios", Some(value)) if value != "0" => wanted.scenarios = value.to_owned(),
                _ => {
                    return Err(Error::new(format!(
                        "conformance takes only --seed N and --scenarios N, not {:?}",
                        arguments.join(" ")
                    )));
                }
            }
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn seed_and_scenarios_are_numbers() {
        let read = |line: &str| {
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            Wanted::read(&words).ok().map(|wanted| (wanted.seed, wanted.scenarios))
        };
        let given = |seed: &str, scenarios: &str| Some((Some(seed.to_owned()), scenarios.to_owned()));
        assert_eq!(read(""), Some((None, "2000".to_owned())));
        assert_eq!(read("--seed 42"), given("42", "2000"));
        assert_eq!(read("--scenarios=10 --seed=7"), given("7", "10"));
        for wrong in ["--seed", "--seed x", "--scenarios 0", "42", "--only 1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
