//! `./dev dashboard`: the administrators' pages, with generated life in them.

use std::io::Write;
use std::process::ExitCode;

use xtask::{Result, say};

use crate::database::Database;
use crate::foreground::{Program, serve};
use crate::project::{build_example, cargo};
use crate::signals::Signals;
use crate::{port, refuse};

const EXAMPLE: [&str; 4] = ["--example", "dashboard", "--features", "cache,dashboard"];

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let port = match port::chosen("dashboard", arguments) {
        Ok(port) => port,
        Err(error) => return Ok(refuse(&error.to_string())),
    };
    port::refuse_taken("dashboard", port)?;
    let signals = Signals::noted()?;
    say("building the dashboard");
    if !build_example("the dashboard", &EXAMPLE, &signals)? {
        return Ok(ExitCode::SUCCESS);
    }
    let database = Database::open()?;
    let outcome = start(&database, port, &signals);
    database.close()?;
    outcome
}

fn start(database: &Database, port: u16, signals: &Signals) -> Result<ExitCode> {
    if signals.any() {
        return Ok(ExitCode::SUCCESS);
    }
    let mut example = cargo(&["run", "--quiet"]);
    example.args(EXAMPLE).env("DATABASE_URL", database.url());
    let example = Program::start("the dashboard", port, &mut example)?;
    serve([example], signals, || announce(port))
}

fn announce(port: u16) {
    let _ = writeln!(
        std::io::stdout(),
        "\nThe dashboard is ready:\n\n    http://127.0.0.1:{port}\n\n\
         Sign in as ada, \"salt and paper\". What you end there is over at once."
    );
}
