//! `./dev scale`: what becomes of the costs when there are many sessions, live or expired.
//!
//! Everything goes through the library, or through the SQL of an administrator, on a private server whose
//! settings are in [`server`]. Tables of all sizes stand side by side, and rounds go around all of them, so
//! that whatever else the machine does meets all alike.

mod admin;
mod book;
mod calls;
mod crowd;
mod dice;
mod ladder;
mod layout;
mod load;
mod pages;
mod prune;
mod server;
mod sizes;
mod table;
mod upkeep;
mod wanted;

use std::error::Error;

use wanted::Wanted;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Threads that the calls are made from: as many as the machine of the report has cores.
const THREADS: usize = 2;

pub(crate) fn run(words: &[&str]) -> std::result::Result<(), Box<dyn Error>> {
    parts(words).map_err(|error| error as Box<dyn Error>)
}

fn parts(words: &[&str]) -> Result<()> {
    let wanted = Wanted::read(words)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    let command = format!("./dev scale {}", words.join(" "));
    // A server of its own for each, so that neither leaves the other a full disk or a warm cache.
    if wanted.does_ladder {
        let server = server::start(&wanted)?;
        let book = runtime.block_on(ladder::climb(&wanted, &server))?;
        book.publish("ladder", &command, &server)?;
    }
    if wanted.does_pages {
        let server = server::start(&wanted)?;
        let book = runtime.block_on(pages::turn(&wanted, &server))?;
        book.publish("dashboard", &command, &server)?;
    }
    if wanted.does_prune {
        let server = server::start(&wanted)?;
        let book = runtime.block_on(prune::prune(&wanted, &server))?;
        book.publish("prune", &command, &server)?;
    }
    Ok(())
}
