//! `./dev psql`: look into the demo's database.

use std::process::ExitCode;

use xtask::{OrSay, Result};

use crate::database::Database;
use crate::signals::Signals;

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let signals = Signals::noted()?;
    let database = Database::open()?;
    let mut psql = database.psql().args(arguments).spawn().or_say(|| "cannot start psql".to_owned())?;
    let status = signals.leave_to(&mut psql)?;
    database.close()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
