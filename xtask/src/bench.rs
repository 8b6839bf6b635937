//! `./dev bench`: what a session costs, side by side; `micro` and `instructions` are about its parts.

use std::process::ExitCode;

use xtask::command::{run as run_command, which};
use xtask::packages::{Manager, Packages};
use xtask::postgres::Programs;
use xtask::{Error, Result, say};

use crate::project::cargo;

const WRK: Packages = Packages {
    what: "wrk, which sends the load",
    apt: &["wrk"],
    dnf: &["wrk"],
    apk: &["wrk"],
    pacman: &["wrk"],
    brew: &["wrk"],
};

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    if arguments.first().is_some_and(|word| word == "micro") {
        let mut micro = cargo(&["bench", "--quiet", "--package", "bench", "--bench", "micro", "--"]);
        run_command(micro.args(&arguments[1..]))?;
        return Ok(ExitCode::SUCCESS);
    }
    Programs::find_or_install()?;
    if which("wrk").is_none() {
        Manager::find(&WRK)?.install(&WRK)?;
    }
    if which("wrk").is_none() {
        return Err(Error::new("wrk was installed, and is not on PATH"));
    }
    say("building the contenders");
    run_command(&mut cargo(&["build", "--release", "--package", "bench"]))?;
    let mut bench = cargo(&["run", "--quiet", "--release", "--package", "bench", "--"]);
    run_command(bench.args(arguments))?;
    Ok(ExitCode::SUCCESS)
}
