//! `./dev mutants --all`: cargo-mutants over the core of the crate.
//!
//! It breaks every function and operator it finds, one at a time. The core is what decides and knows neither the
//! database nor the network, so its tests are quick.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use xtask::command::run as run_command;
use xtask::postgres::{Cluster, Programs};
use xtask::{Error, OrSay, Result, say};

use super::scratch::Scratch;
use crate::project::{cargo, root};

const VERSION: &str = "27.1.0";

/// The core: what decides, what reads and writes of a request, and what is refused.
const CORE: [&str; 18] = [
    "src/id.rs",
    "src/key.rs",
    "src/record.rs",
    "src/changes.rs",
    "src/draft/*.rs",
    "src/decide.rs",
    "src/decide/express.rs",
    "src/policy.rs",
    "src/keyring.rs",
    "src/cookie/*.rs",
    "src/forgery.rs",
    "src/reply.rs",
    "src/arrival.rs",
    "src/json/*.rs",
    "src/config/*.rs",
    "src/admission.rs",
    "src/session/csrf.rs",
    "src/proxy.rs",
];

/// Without the stores that need a database the crate is built in a tenth of the time.
const QUICK: &[&str] = &["--no-default-features", "--features=test-util"];
const WHOLE: &[&str] = &["--all-features"];

/// What the tests are, in passes: what the first ones catch, the later ones are spared.
const PASSES: [(&[&str], &[&str]); 3] = [
    (QUICK, &["--lib"]),
    (QUICK, &["--test", "http"]),
    (
        WHOLE,
        &[
            "--lib",
            "--test",
            "http",
            "--test",
            "accounts",
            "--test",
            "faults",
            "--test",
            "express_table",
            "--test",
            "json",
            "--test",
            "batching",
        ],
    ),
];

pub(super) fn run(globs: &[&str]) -> Result<ExitCode> {
    let program = installed()?;
    let programs = Programs::find_or_install()?;
    let scratch = Scratch::of_project()?;
    say("starting a PostgreSQL for the tests");
    let cluster = Cluster::ephemeral()?;
    let output = root().join("target/mutants");
    let globs = if globs.is_empty() { &CORE } else { globs };
    let mut left = 0;
    for (number, (features, tests)) in PASSES.iter().enumerate() {
        say(&format!("what do {} notice?", tests.join(" ")));
        let mut mutants = Command::new(&program);
        mutants.current_dir(scratch.place()).arg("mutants");
        mutants.args(["--in-place", "--package", "actix-pg-session", "--no-shuffle"]).args(*features);
        // A test that waits for what has been broken waits for ever.
        mutants.args(["--colors=never", "--minimum-test-timeout=60"]);
        mutants.arg("--output").arg(&output);
        mutants.args(globs.iter().flat_map(|glob| ["--file", glob])).args(["--exclude", "**/tests.rs"]);
        mutants.args(tests.iter().map(|word| format!("--cargo-arg={word}")));
        if number > 0 {
            mutants.arg("--iterate");
        }
        mutants.env("CARGO_INCREMENTAL", "1").env("RUST_BACKTRACE", "0");
        mutants.env("DATABASE_URL", cluster.url("postgres")).env("PG_BIN", programs.directory());
        let status = mutants.status().or_say(|| "cannot start cargo-mutants".to_owned())?;
        left = match status.code() {
            Some(0) => 0,
            // Some were missed, or timed out.
            Some(2 | 3) => count(&output.join("mutants.out/missed.txt")),
            _ => return Err(Error::new(format!("cargo-mutants failed ({status})"))),
        };
        if left == 0 {
            break;
        }
    }
    println!(
        "{left} are left: target/mutants/mutants.out/missed.txt; mutants/survivors.md has those that are known"
    );
    Ok(ExitCode::SUCCESS)
}

fn count(file: &Path) -> usize {
    std::fs::read_to_string(file).unwrap_or_default().lines().count()
}

/// The program, built where the project's other tools are if it is not there.
fn installed() -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let program = tools.join("bin/cargo-mutants");
    let is_there = Command::new(&program).args(["mutants", "--version"]).output();
    let is_there = is_there.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains(VERSION));
    if !is_there {
        say(&format!("building cargo-mutants {VERSION}"));
        let mut install = cargo(&["install", "--locked", "--version", VERSION, "--root"]);
        run_command(install.arg(&tools).arg("cargo-mutants"))?;
    }
    Ok(program)
}
