//! `./dev express`: an Express and an actix application that share their
//! sessions, side by side.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

use xtask::command::output;
use xtask::node;
use xtask::{Error, OrSay, Result, say};

use crate::database::Database;
use crate::foreground::{Program, serve};
use crate::project::{build_example, cargo, root};
use crate::signals::Signals;
use crate::{port, refuse, shell};

/// What shows the rows that both applications share. The id is all that a thief
/// would need, so there is only enough of it to tell rows apart.
const SHARED: &str = "select left(sid, 6) as sid, expire, sess from session";

/// Keeps the secret in the database, so that cookies outlive a restart. A real
/// application is given its secret.
const SECRET: &str = "
    create table if not exists express_secret (
        secret text not null,
        only_one boolean primary key default true check (only_one)
    );
    insert into express_secret (secret)
    values (gen_random_uuid()::text || gen_random_uuid()::text)
    on conflict do nothing;
    select secret from express_secret";

const EXAMPLE: [&str; 4] = ["--example", "express", "--features", "express"];

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let ports = match port::chosen("express", arguments).and_then(pair) {
        Ok(ports) => ports,
        Err(error) => return Ok(refuse(&error.to_string())),
    };
    for port in ports {
        port::refuse_taken("express", port)?;
    }
    let signals = Signals::noted()?;
    let modules = node::modules()?;
    say("building the actix half");
    if !build_example("the actix half", &EXAMPLE, &signals)? {
        return Ok(ExitCode::SUCCESS);
    }
    let database = Database::open()?;
    let outcome = start(&database, &modules, ports, &signals);
    database.close()?;
    outcome
}

/// The port for actix, and the next one for Express.
fn pair(port: u16) -> Result<[u16; 2]> {
    let next = port.checked_add(1);
    next.map(|next| [port, next]).ok_or_else(|| Error::new(format!("there is no port after {port}")))
}

fn start(database: &Database, modules: &Path, ports: [u16; 2], signals: &Signals) -> Result<ExitCode> {
    create_table(database, modules)?;
    let secret = match std::env::var("SESSION_SECRET") {
        Ok(secret) => secret,
        Err(_) => query(database, SECRET)?,
    };
    if signals.any() {
        return Ok(ExitCode::SUCCESS);
    }
    let program = |name, port, other, command: &mut Command| {
        command.env("DATABASE_URL", database.url()).env("SESSION_SECRET", &secret);
        Program::start(name, port, command.env("OTHER_URL", address(other)))
    };
    let [actix, express] = ports;
    let mut node = Command::new(node::program()?);
    node.arg(root().join("examples/express/node.js"));
    let node = program("the Express half", express, actix, &mut node)?;
    let mut rust = cargo(&["run", "--quiet"]);
    let rust = program("the actix half", actix, express, rust.args(EXAMPLE))?;
    serve([rust, node], signals, || announce(database, ports))
}

/// Creates the table by connect-pg-simple's own script, unless it is there.
fn create_table(database: &Database, modules: &Path) -> Result<()> {
    if query(database, "select to_regclass('session') is null")? == "t" {
        say("creating the table with connect-pg-simple's table.sql");
        let script = modules.join("connect-pg-simple/table.sql");
        let sql = std::fs::read_to_string(&script).or_say(|| format!("cannot read {}", script.display()))?;
        query(database, &sql)?;
    }
    Ok(())
}

/// Runs `sql` in the database; the last line of the answer.
fn query(database: &Database, sql: &str) -> Result<String> {
    let mut psql = database.psql();
    psql.args(["-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-c", sql]);
    let answer = output(&mut psql)?;
    Ok(answer.lines().last().unwrap_or_default().to_owned())
}

fn announce(database: &Database, [actix, express]: [u16; 2]) {
    let psql = shell::line(database.psql().args(["-c", SHARED]));
    let (actix, express) = (address(actix), address(express));
    let kept = database.what_stays();
    let _ = writeln!(
        std::io::stdout(),
        "\nOne shop, two counters, one cookie:\n\n    {actix}  actix-web\n    {express}  Express 5\n\n\
         The rows that they share, from another terminal:\n\n    {psql}\n\n{kept}."
    );
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
