//! `./dev torture`: several applications, one PostgreSQL, random operations and faults, and a checker.

use std::process::ExitCode;

use xtask::postgres::Programs;
use xtask::{OrSay, Result, say};

use crate::project::cargo;

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    Programs::find_or_install()?;
    say("building the applications and their tormentors");
    let mut torture = cargo(&["run", "--quiet", "--release", "--package", "torture", "--"]);
    // It says itself what it has found.
    let status = torture.args(arguments).status().or_say(|| "cannot run cargo".to_owned())?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
