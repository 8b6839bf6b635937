//! `./dev torture`: several applications, one PostgreSQL, random operations and faults, and a checker.
//!
//! The same seed gives the same plan: which client asks which application for what, in which order, and which faults
//! come. It does not give the same interleaving, which is the machine's.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use torture::apps::{Times, serve};
use torture::options::Options;
use torture::{OrSay, Result};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((first, rest)) if first == "serve" => serve(rest).map(|()| true),
        _ => run(&words),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing was found.
fn run(words: &[String]) -> Result<bool> {
    let options = Options::read(words, seed)?;
    let program = std::env::current_exe().or_say(|| "this program".to_owned())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.or_say(|| "the runtime".to_owned())?;
    println!("seed {}: the same plan each time, not the same interleaving", options.seed);
    let totals = runtime.block_on(torture::play(&options, program, Times::default()))?;
    print!("\n{}", totals.tables());
    Ok(totals.is_clean())
}

/// Another one each time.
fn seed() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish() >> 32
}
