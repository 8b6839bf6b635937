//! `./dev test`: every test, with all they need.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdout, Command, ExitCode, Stdio};

use xtask::command::run as run_command;
use xtask::postgres::{Cluster, PgBouncer, Programs};
use xtask::{Error, OrSay, Result, node, say, valgrind};

use crate::browser::Browser;
use crate::project::{cargo, root};
use crate::refuse;
use crate::totals::Totals;

/// What `./dev test` reads itself; everything else is for `cargo test`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted<'a> {
    /// The major version of PostgreSQL.
    postgres: Option<u32>,
    /// Whether stores are to go through a PgBouncer; see `tests/support/way.rs`.
    through_pgbouncer: bool,
    arguments: &'a [String],
}

impl<'a> Wanted<'a> {
    /// A sentence where it is not understood.
    fn read(arguments: &'a [String]) -> std::result::Result<Self, String> {
        let mut wanted = Self { arguments, ..Self::default() };
        while let [flag, rest @ ..] = wanted.arguments {
            match (flag.as_str(), rest) {
                ("--postgres", [major, rest @ ..]) if major.parse::<u32>().is_ok() => {
                    wanted.postgres = major.parse().ok();
                    wanted.arguments = rest;
                }
                ("--through", [way, rest @ ..]) if way == "pgbouncer" => {
                    wanted.through_pgbouncer = true;
                    wanted.arguments = rest;
                }
                ("--postgres", _) => return Err("--postgres takes a major version, such as 18".into()),
                ("--through", _) => return Err("--through takes only pgbouncer".into()),
                _ => break,
            }
        }
        Ok(wanted)
    }
}

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let wanted = match Wanted::read(arguments) {
        Ok(wanted) => wanted,
        Err(sentence) => return Ok(refuse(&sentence)),
    };
    let outcome = match wanted {
        Wanted { postgres: None, through_pgbouncer: false, arguments } => all(arguments)?,
        wanted => elsewhere(&wanted)?,
    };
    if !outcome.is_success {
        eprintln!("error: the tests did not all pass, see above");
    }
    println!("{}", outcome.totals);
    Ok(outcome.exit_code())
}

/// The tests of these programs, elsewhere than usual; the first of `arguments` say where.
pub(crate) fn again(arguments: &[&str]) -> Result<Outcome> {
    let words: Vec<_> = arguments.iter().map(|word| (*word).to_owned()).collect();
    elsewhere(&Wanted::read(&words).map_err(Error::new)?)
}

/// By ourselves once more, in another environment: with the programs of another PostgreSQL before all others, and with
/// a word to the stores of the tests.
fn elsewhere(wanted: &Wanted<'_>) -> Result<Outcome> {
    let ourselves = std::env::current_exe().or_say(|| "cannot find this program itself".to_owned())?;
    let mut tests = Command::new(ourselves);
    tests.arg("test").args(wanted.arguments);
    if let Some(major) = wanted.postgres {
        let programs = Programs::of_major(major, &root().join("target/postgres"))?;
        say(&format!("testing on PostgreSQL {major}"));
        tests.env("PG_BIN", programs.directory());
    }
    if wanted.through_pgbouncer {
        let (major, minor) = PgBouncer::find_or_install()?;
        say(&format!("testing through PgBouncer {major}.{minor} in transaction mode"));
        tests.env("THROUGH", "pgbouncer");
    }
    stream(&mut tests)
}

/// How the tests went.
pub(crate) struct Outcome {
    pub(crate) totals: Totals,
    /// What cargo says, which also knows of tests that do not even compile.
    pub(crate) is_success: bool,
}

impl Outcome {
    pub(crate) fn and(mut self, more: Self) -> Self {
        self.totals += more.totals;
        self.is_success &= more.is_success;
        self
    }

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
    valgrind::find_or_install()?;

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

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn where_to_test_is_said_first_and_the_rest_is_for_cargo() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let line = words("--through pgbouncer --postgres 18 --test http -- --postgres");
        let wanted = Wanted::read(&line).expect("it is understood");
        assert_eq!((wanted.postgres, wanted.through_pgbouncer), (Some(18), true));
        assert_eq!(wanted.arguments, words("--test http -- --postgres"));
        assert_eq!(
            Wanted::read(&words("-p xtask")),
            Ok(Wanted { arguments: &words("-p xtask"), ..Wanted::default() })
        );
        for wrong in ["--postgres", "--postgres new", "--through a-tunnel", "--through"] {
            assert!(Wanted::read(&words(wrong)).is_err(), "{wrong}");
        }
    }
}
