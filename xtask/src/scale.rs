//! `./dev scale`: what becomes of the costs when there are many sessions.

use std::process::ExitCode;

use xtask::command::run as run_command;
use xtask::postgres::Programs;
use xtask::{Result, say};

use crate::project::cargo;

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    Programs::find_or_install()?;
    say("building the measurements");
    run_command(&mut cargo(&["build", "--release", "--package", "bench"]))?;
    let mut bench = cargo(&["run", "--quiet", "--release", "--package", "bench", "--", "scale"]);
    run_command(bench.args(arguments))?;
    Ok(ExitCode::SUCCESS)
}
