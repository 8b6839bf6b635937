//! `./dev demo`: from a clone to a running application with one command.

use std::io::Write;
use std::process::ExitCode;

use xtask::{Result, say};

use crate::database::Database;
use crate::foreground::{Program, serve};
use crate::project::{build_example, cargo};
use crate::signals::Signals;
use crate::{port, refuse, shell};

/// What shows the sessions that are alive.
const LIVE: &str = "select * from active_sessions";

const EXAMPLE: [&str; 2] = ["--example", "quickstart"];

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let port = match port::chosen("demo", arguments) {
        Ok(port) => port,
        Err(error) => return Ok(refuse(&error.to_string())),
    };
    port::refuse_taken("demo", port)?;
    let signals = Signals::noted()?;
    say("building the quickstart");
    if !build_example("the quickstart", &EXAMPLE, &signals)? {
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
    let mut quickstart = cargo(&["run", "--quiet"]);
    quickstart.args(EXAMPLE).env("DATABASE_URL", database.url());
    let quickstart = Program::start("the quickstart", port, &mut quickstart)?;
    serve([quickstart], signals, || announce(database, port))
}

fn announce(database: &Database, port: u16) {
    let psql = shell::line(database.psql().args(["-c", LIVE]));
    let kept = database.what_stays();
    let _ = writeln!(
        std::io::stdout(),
        "\nThe demo is ready:\n\n    http://127.0.0.1:{port}\n\n\
         Its sessions, live, from another terminal:\n\n    {psql}\n\n{kept}."
    );
}
