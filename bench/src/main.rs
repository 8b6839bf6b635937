//! `./dev bench`: what a session costs, measured side by side in one run.
//!
//! Each contender is a process of its own; rounds go around all of them, so that what else the machine does
//! meets all alike. Load comes from wrk, with the cookies of sessions that are visited unevenly.

mod contender;
mod cpu;
mod load;
mod run;
mod scale;
mod sessions;

use std::error::Error;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", name] => contender::serve(name)?,
        ["scale", rest @ ..] => scale::run(rest)?,
        rest => run::run(rest)?,
    }
    Ok(ExitCode::SUCCESS)
}
