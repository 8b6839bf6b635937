//! `./dev test`: every test, with all they need.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdout, Command, ExitCode, Stdio};

use xtask::command::run as run_command;
use xtask::postgres::{Cluster, PgBouncer, Programs};
use xtask::{Error, OrSay, Result, node, say};

use crate::browser::Browser;
use crate::project::{cargo, root};
use crate::refuse;
use crate::totals::Totals;

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    if let [flag, major, rest @ ..] = arguments
        && flag == "--postgres"
    {
        return on_postgres(major, rest);
    }
    let outcome = all(arguments)?;
    if !outcome.is_success {
        eprintln!("error: the tests did not all pass, see above");
    }
    println!("{}", outcome.totals);
    Ok(outcome.exit_code())
}

/// The same, on the PostgreSQL of a major version: by ourselves once more, with its programs before all others.
fn on_postgres(major: &str, arguments: &[String]) -> Result<ExitCode> {
    let Ok(number) = major.parse() else {
        return Ok(refuse(&format!("--postgres takes a major version, such as 18, and not {major:?}")));
    };
    let programs = Programs::of_major(number, &root().join("target/postgres"))?;
    say(&format!("testing on PostgreSQL {major}"));
    let ourselves = std::env::current_exe().or_say(|| "cannot find this program itself".to_owned())?;
    let mut tests = Command::new(ourselves);
    tests.arg("test").args(arguments).env("PG_BIN", programs.directory());
    let status = tests.status().or_say(|| "cannot start this program once more".to_owned())?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How the tests went.
pub(crate) struct Outcome {
    pub(crate) totals: Totals,
    /// What cargo says, which also knows of tests that do not even compile.
    pub(crate) is_success: bool,
}

impl Outcome {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.is_success {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }
    }
}

/// Runs the tests that `arguments` select, normally all of them.
pub(crate) fn all(arguments: &[String]) -> Result<Outcome> {
    // What follows `--` is for the test programs.
    let words: Vec<_> = arguments.iter().take_while(|word| *word != "--").collect();
    let all = words.iter().any(|word| *word == "--workspace");
    let some = words.iter().any(|word| word.starts_with("-p") || word.starts_with("--package"));
    let browser = words.iter().any(|word| word.ends_with("browser"));

    let programs = Programs::find_or_install()?;
    let mut tests = cargo(&["test", "--all-features", "--no-fail-fast"]);
    if !all && !some {
        tests.arg("--workspace");
    }
    let has_browser_tests = root().join("browser/Cargo.toml").is_file();
    if has_browser_tests && (!some || all || browser) {
        let browser = Browser::find_or_install()?;
        tests.env("CHROMIUM", browser.chromium);
        tests.env("CHROMEDRIVER", browser.chromedriver);
    }

    node::modules()?;
    PgBouncer::find_or_install()?;

    say("building the examples");
    run_command(&mut cargo(&["build", "--examples", "--all-features"]))?;
    say("starting a PostgreSQL for the tests");
    let cluster = Cluster::ephemeral()?;
    tests.env("DATABASE_URL", cluster.url("postgres"));
    tests.env("PG_BIN", programs.directory());
    stream(tests.args(arguments))
}

/// Runs `tests`, showing their output unchanged and reading along.
fn stream(tests: &mut Command) -> Result<Outcome> {
    let mut tests = tests
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .or_say(|| "cannot start cargo".to_owned())?;
    let output = tests.stdout.take();
    let totals = output.map_or(Ok(Totals::default()), read_along)?;
    let status = tests.wait().or_say(|| "cannot wait for cargo".to_owned())?;
    Ok(Outcome { totals, is_success: status.success() })
}

fn read_along(output: ChildStdout) -> Result<Totals> {
    let failed = |_: std::io::Error| Error::new("cannot pass on the output of the tests");
    let mut output = BufReader::new(output);
    let mut totals = Totals::default();
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line).map_err(failed)? > 0 {
        std::io::stdout().write_all(&line).map_err(failed)?;
        totals.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(totals)
}
