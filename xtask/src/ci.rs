//! `./dev ci`: what decides about a change, the same here as anywhere.

use std::process::{Command, ExitCode};
use std::time::Instant;

use xtask::command::run as run_command;
use xtask::{Error, OrSay, Result};

use crate::project::{cargo, root};
use crate::{api, audit, features, refuse, test};

const CRATE: &str = "actix-pg-session";

/// What is tested once more elsewhere: all that goes over HTTP to a PostgreSQL, in one order and in every order.
const ELSEWHERE: [(&str, &[&str]); 2] = [
    (
        "tests through PgBouncer",
        &["--through", "pgbouncer", "--test", "http", "--test", "races", "--test", "accounts"],
    ),
    (
        "tests on PostgreSQL 18",
        &["--postgres", "18", "--test", "http", "--test", "races", "--test", "search_path"],
    ),
];

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    if !arguments.is_empty() {
        return Ok(refuse("ci takes no arguments"));
    }
    let begin = Instant::now();
    say_whether_there_is_room();
    step("formatting", &mut cargo(&["fmt", "--all", "--check"]))?;
    let peers = ["fmt", "--check", "--manifest-path", "bench/peers/Cargo.toml"];
    step("formatting of the peers", &mut cargo(&peers))?;
    let guided = ["fmt", "--check", "--manifest-path", "fuzz/guided/Cargo.toml"];
    step("formatting of what guides the fuzz targets", &mut cargo(&guided))?;
    step("lints", &mut lints(&["--workspace", "--all-targets", "--all-features"]))?;
    let docs = ["doc", "--workspace", "--no-deps", "--all-features"];
    step("docs", cargo(&docs).env("RUSTDOCFLAGS", "-D warnings"))?;

    let manifest = root().join("Cargo.toml");
    let manifest =
        std::fs::read_to_string(&manifest).or_say(|| format!("cannot read {}", manifest.display()))?;
    let alone = ["--package", CRATE, "--lib", "--no-default-features"];
    step("no feature at all", &mut lints(&alone))?;
    for feature in features::names(&manifest) {
        let words = [&alone[..], &["--features", &feature]].concat();
        step(&format!("feature {feature} alone"), &mut lints(&words))?;
    }

    timed("dependencies", audit::as_far_as_possible)?;
    timed("public interface", api::as_far_as_possible)?;

    let mut outcome = timed("tests", || test::all(&[]))?;
    for (name, arguments) in ELSEWHERE {
        match timed(name, || test::again(arguments)) {
            Ok(more) => outcome = outcome.and(more),
            // Neither is part of this project, and a machine need not have it.
            Err(error) => println!("== NOT TESTED: {name}: {error}"),
        }
    }
    if !outcome.is_success {
        eprintln!("error: the tests did not all pass, see above");
    }
    println!("== all of it took {}", took(begin));
    println!("{}", outcome.totals);
    Ok(outcome.exit_code())
}

/// What all of it takes on the disk, in gigabytes: some hundred programs, and a database for each test.
const ROOM: u32 = 25;

/// Where the disk fills up, tests fail in a hundred ways that do not say so.
fn say_whether_there_is_room() {
    let asked = Command::new("df").args(["--output=avail", "--block-size=1G"]).arg(root()).output();
    let said = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let free = said.lines().last().and_then(|line| line.trim().parse::<u32>().ok());
    match free {
        Some(free) if free < ROOM => {
            println!("== WARNING: {free} GB are free on this disk, and all of it may take {ROOM}");
        }
        Some(free) => println!("== {free} GB are free on this disk"),
        None => println!("== how much room there is on this disk is not known"),
    }
}

/// Clippy, to which a warning is an error. It also does all that `cargo check`
/// does, so a combination of features that does not compile shows here.
fn lints(selection: &[&str]) -> Command {
    let mut clippy = cargo(&["clippy"]);
    clippy.args(selection).args(["--", "-D", "warnings"]);
    clippy
}

fn step(name: &str, command: &mut Command) -> Result<()> {
    timed(name, || run_command(command)).map_err(|error| Error::new(format!("{name}: {error}, see above")))
}

fn timed<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("== {name}");
    let begin = Instant::now();
    let outcome = work();
    println!("== {name} took {}", took(begin));
    outcome
}

fn took(begin: Instant) -> String {
    format!("{:.1} s", begin.elapsed().as_secs_f64())
}
