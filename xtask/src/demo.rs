//! `./dev demo`: from a clone to a running application with one command.

use std::ffi::OsStr;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

use xtask::watcher::Watcher;
use xtask::{Error, OrSay, Result, say};

use crate::database::Database;
use crate::project::cargo;
use crate::refuse;
use crate::signals::Signals;

/// What shows the sessions that are alive.
const LIVE: &str = "select * from active_sessions";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let port = match port(arguments, std::env::var("PORT").ok()) {
        Ok(port) => port,
        Err(error) => return Ok(refuse(&error.to_string())),
    };
    refuse_taken(port)?;
    let signals = Signals::noted()?;
    say("building the quickstart");
    let example = ["--example", "quickstart"];
    let built = cargo(&["build"]).args(example).status();
    if !built.is_ok_and(|status| status.success()) {
        return match signals.any() {
            true => Ok(ExitCode::SUCCESS),
            false => Err(Error::new("the quickstart does not build, see above")),
        };
    }
    let database = Database::open()?;
    let outcome = serve(&database, port, &signals, &example);
    database.close()?;
    outcome
}

/// Runs the application in the foreground until it ends or is asked to.
fn serve(database: &Database, port: u16, signals: &Signals, example: &[&str]) -> Result<ExitCode> {
    if signals.any() {
        return Ok(ExitCode::SUCCESS);
    }
    let mut application = cargo(&["run", "--quiet"])
        .args(example)
        .env("DATABASE_URL", database.url())
        .env("PORT", port.to_string())
        .spawn()
        .or_say(|| "cannot start the quickstart".to_owned())?;

    let pid = application.id().to_string();
    let watcher = Watcher::start("kill -s TERM \"$1\"", &[OsStr::new(&pid)])?;

    let mut is_announced = false;
    let status = signals.wait(&mut application, || {
        if !is_announced && TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            is_announced = true;
            // Its own first lines come first, so that these stay in sight.
            sleep(Duration::from_millis(200));
            announce(database, port);
        }
    })?;
    watcher.dismiss();
    if signals.any() || status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Error::new(format!("the quickstart ended ({status})")))
}

fn announce(database: &Database, port: u16) {
    let psql = shell_line(database.psql().args(["-c", LIVE]));
    let kept = match database.keeps_data_in() {
        Some(directory) => format!("Ctrl-C ends it; its data stay in {directory}"),
        None => "Ctrl-C ends it; its data stay".to_owned(),
    };
    let _ = writeln!(
        std::io::stdout(),
        "\nThe demo is ready:\n\n    http://127.0.0.1:{port}\n\n\
         Its sessions, live, from another terminal:\n\n    {psql}\n\n{kept}."
    );
}

/// The port in `--port N`, else in `PORT`, else 8080.
fn port(arguments: &[String], variable: Option<String>) -> Result<u16> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let given = match words.as_slice() {
        [] => variable.unwrap_or_else(|| "8080".to_owned()),
        ["--port", port] => (*port).to_owned(),
        [word] if word.starts_with("--port=") => word.replacen("--port=", "", 1),
        _ => {
            return Err(Error::new(format!("demo takes only --port N, not {:?}", words.join(" "))));
        }
    };
    match given.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(Error::new(format!("{given:?} is no port: it should be a number from 1 to 65535"))),
    }
}

fn refuse_taken(port: u16) -> Result<()> {
    let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) else {
        return Ok(());
    };
    let other = port.checked_add(1).unwrap_or(8080);
    Err(Error::new(format!(
        "the demo cannot listen on port {port} ({error}): end the program that does, or use \
         another port: ./dev demo --port {other}"
    )))
}

/// `command` as a person would type it.
fn shell_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| quoted(&word.to_string_lossy()));
    words.collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{port, quoted};

    #[test]
    fn the_port_is_the_argument_then_the_variable_then_8080() {
        let port = |words: &[&str], variable: Option<&str>| {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            port(&words, variable.map(str::to_owned)).ok()
        };
        assert_eq!(port(&[], None), Some(8080));
        assert_eq!(port(&[], Some("9000")), Some(9000));
        assert_eq!(port(&["--port", "9001"], Some("9000")), Some(9001));
        assert_eq!(port(&["--port=9002"], None), Some(9002));
        for wrong in [&["--port"][..], &["--port", "0"], &["--port=http"], &["8080"]] {
            assert_eq!(port(wrong, None), None, "{wrong:?}");
        }
        assert_eq!(port(&[], Some("65536")), None);
    }

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        assert_eq!(quoted("psql"), "psql");
        assert_eq!(quoted("select 1"), "'select 1'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
