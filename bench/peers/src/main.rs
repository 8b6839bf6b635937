//! The other libraries that this project's is measured beside: `bench-peers serve NAME`.
//!
//! All have the pages of the other contenders, with what a user of the library would write, and the
//! library's defaults. A line on standard output says the port; the end of standard input ends it.

#![forbid(unsafe_code)]

mod page;
mod redis;
mod tower;

use std::error::Error;
use std::io::{Read as _, Write as _};

/// As many as the machine has cores, like the others'.
const WORKERS: usize = 2;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", "redis"] => redis::serve(),
        ["serve", "tower"] => tower::serve(false),
        ["serve", "tower-moka"] => tower::serve(true),
        _ => Err(format!("there is no peer {words:?}").into()),
    }
}

fn announce(port: u16) -> std::io::Result<()> {
    println!("listening {port}");
    std::io::stdout().flush()
}

fn setting(name: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    std::env::var(name).map_err(|_| format!("{name} is not set").into())
}
