//! `./dev fuzz`: nonsense, in great numbers, for whatever reads what comes from outside.

mod guided;

use std::process::ExitCode;

use xtask::command::run as run_command;
use xtask::{OrSay, Result};

use crate::project::cargo;

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    if let Some((first, rest)) = arguments.split_first()
        && first == "--guided"
    {
        return guided::run(rest);
    }
    run_command(&mut cargo(&["build", "--quiet", "--profile", "fuzz", "--package", "fuzz"]))?;
    let mut fuzz = cargo(&["run", "--quiet", "--profile", "fuzz", "--package", "fuzz", "--"]);
    // What it found is not our failure.
    let status = fuzz.args(arguments).status().or_say(|| "cannot start the fuzz targets".to_owned())?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
