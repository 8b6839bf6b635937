//! The project's own commands, run as `./dev <command>`.
//!
//! Each lives in a file of its own; this one only knows their names.

#![forbid(unsafe_code)]

mod api;
mod audit;
mod bench;
mod browser;
mod ci;
mod compose;
mod conformance;
mod dashboard;
mod database;
mod demo;
mod express;
mod features;
mod foreground;
mod fuzz;
mod given;
mod mutants;
mod port;
mod project;
mod psql;
mod scale;
mod shell;
mod signals;
mod test;
mod torture;
mod totals;

use std::process::ExitCode;

use xtask::Result;

/// What a command is given: the words after its name.
type Command = fn(&[String]) -> Result<ExitCode>;

/// Every command, with its line in the help.
const COMMANDS: [(&str, &str, Command); 15] = [
    ("demo", "[--port N]  run the quickstart with a database of its own, on port 8080", demo::run),
    (
        "express",
        "[--port N]  run an actix and an Express application that share sessions, on 8080 and 8081",
        express::run,
    ),
    ("dashboard", "[--port N]  run the administrators' pages, with life in them, on 8080", dashboard::run),
    ("psql", "[arguments] open psql on the demo's database", psql::run),
    (
        "test",
        "[--postgres N] [--through pgbouncer] [arguments]  run all tests; other arguments go to `cargo test`",
        test::run,
    ),
    (
        "bench",
        "[--quick] [--rounds N] [--workloads A,B] [--contenders A,B] [...]  measure what a session costs",
        bench::run,
    ),
    (
        "scale",
        "[--rows N,N] [--expired N] ...  measure what many sessions cost, pruning them, and the dashboard",
        scale::run,
    ),
    ("conformance", "[--seed N] [--scenarios N]  compare with the real express-session", conformance::run),
    (
        "torture",
        "[--minutes N] [--seed N] [--configuration A,B] [--faults A,B|none] [...]  look for what cannot be true",
        torture::run,
    ),
    (
        "mutants",
        "[--only NAME,NAME] [--list] [--all [--file GLOB,GLOB]]  see that seeded bugs fail the tests",
        mutants::run,
    ),
    (
        "audit",
        "[--database DIRECTORY]  hold all dependencies against what is known, and against deny.toml",
        audit::run,
    ),
    (
        "api",
        "[--bless]   hold the public API against docs/public-api.txt, and what it shows of other crates",
        api::run,
    ),
    (
        "fuzz",
        "[--guided] [--target A,B] [--executions N] [--minutes N] [--seed N]  try nonsense on what reads from outside",
        fuzz::run,
    ),
    ("ci", "            run what decides about a change: formatting, lints, docs, features, tests", ci::run),
    ("help", "            show this", help),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match words.split_first() {
        None => return refuse("which command?"),
        Some((first, rest)) if ["--help", "-h"].contains(&first.as_str()) => ("help", rest),
        Some((first, rest)) => (first.as_str(), rest),
    };
    let Some((.., command)) = COMMANDS.iter().find(|(known, ..)| *known == name) else {
        return refuse(&format!("there is no command {name:?}"));
    };
    command(rest).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn help(_: &[String]) -> Result<ExitCode> {
    print!("{}", usage());
    Ok(ExitCode::SUCCESS)
}

fn usage() -> String {
    let lines = COMMANDS.iter();
    let lines = lines.map(|(name, line, _)| format!("  ./dev {name:12}{line}\n"));
    format!("Usage:\n{}", lines.collect::<String>())
}

/// Ends with the usage and the exit code that means it was not followed.
fn refuse(why: &str) -> ExitCode {
    eprint!("error: {why}\n\n{}", usage());
    ExitCode::from(2)
}
