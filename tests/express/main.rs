//! This crate beside the real express-session: the same random scripts of requests to both, and every
//! observable compared.
//!
//! `SEED` repeats a run, `SCENARIOS` says how many scripts it plays in memory (and a quarter of it on
//! connect-pg-simple's table), `ONLY` plays the one of that number. `./dev conformance` does it at
//! length.

mod bites;
mod compare;
mod dice;
mod differences;
mod driver;
mod generate;
mod http;
mod observation;
mod options;
mod pair;
mod presented;
mod report;
mod run;
mod script;
mod set_cookie;
mod shrink;
mod side;
mod signed;
mod stories;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod values;
mod wallet;

use std::hash::{BuildHasher as _, RandomState};

use differences::{DELIBERATE, IN_STEP};
use driver::Program;
use options::Store;
use run::Run;

/// A run as the environment wants it, of `scenarios` if it does not say.
fn run(other: Program, store: Store, scenarios: u64) -> Run {
    let number = |name| {
        let value = std::env::var(name).ok()?;
        Some(value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")))
    };
    let seed = number("SEED").unwrap_or_else(|| RandomState::new().hash_one("seed") % 1_000_000);
    let share = if store == Store::Table { 4 } else { 1 };
    let scenarios = number("SCENARIOS").map_or(scenarios, |all: u64| all.div_ceil(share));
    Run { other, store, seed, scenarios, only: number("ONLY"), deliberate: DELIBERATE }
}

async fn agrees(run: Run) {
    let summary = run.all().await;
    println!("{summary}");
    assert_eq!(summary.divergences(), 0, "see above");
}

#[tokio::test]
async fn sessions_in_memory_are_those_of_express_session() {
    agrees(run(Program::Crate, Store::Memory, 150)).await;
}

/// As the store does it by itself: a touch moves the cookie object as well as the column. The other test on
/// the table has it behave as connect-pg-simple does.
#[tokio::test]
async fn sessions_in_the_table_that_are_touched_whole_are_those_of_express_session() {
    agrees(Run { deliberate: IN_STEP, ..run(Program::CrateInStep, Store::Table, 40) }).await;
}

#[tokio::test]
async fn sessions_in_the_table_are_those_of_express_session() {
    agrees(run(Program::Crate, Store::Table, 60)).await;
}
