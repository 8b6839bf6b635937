//! `./dev bench`: what a session costs, measured side by side in one run.
//!
//! Each contender is a process of its own; rounds go around all of them, so that what else the machine does
//! meets all alike. Load comes from wrk, with the cookies of sessions that are visited unevenly.

#![forbid(unsafe_code)]

mod check;
mod contenders;
mod cookie;
mod cpu;
mod goals;
mod instructions;
mod load;
mod measure;
mod options;
mod outcome;
mod peers;
mod plot;
mod process;
mod redis;
mod rounds;
mod scale;
mod serve;
mod sessions;
mod stage;
mod stale;
mod table;
mod timing;
mod visit;
/// The tests need more of it.
#[allow(dead_code)]
#[path = "../../tests/cache/wire.rs"]
mod wire;
mod workload;

use std::error::Error;
use std::path::Path;

use options::Options;
use outcome::Outcome;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", name] => serve::serve(name),
        ["requests", page, store, how_many] => instructions::requests(page, store, how_many),
        ["instructions", rest @ ..] => instructions::run(rest),
        ["scale", rest @ ..] => scale::run(rest),
        ["timing"] => timing::run(),
        ["refuse", place, how_many] => timing::refuse(place, how_many),
        ["stale"] => stale::run(),
        ["table"] => {
            print(&Outcome::load()?);
            Ok(())
        }
        ["plot"] => {
            let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.svg");
            plot::draw(&Outcome::load()?, &picture)
        }
        rest => {
            let options = Options::read(rest)?;
            let outcome = actix_web::rt::System::new().block_on(rounds::run(&options))?;
            print(&outcome);
            Ok(())
        }
    }
}

fn print(outcome: &Outcome) {
    println!("{}\n{}", table::tables(outcome), goals::table(outcome));
}
