//! `./dev bench instructions`: how many instructions one request takes, by valgrind's callgrind.
//!
//! Time depends on the machine and on who else uses it, a count of instructions hardly does. So this is what
//! tells whether a change made the crate's own part slower. No network and no database take part: requests go
//! straight into an application on the store in memory. A run of twice as many requests has the same start, so
//! the difference is requests and nothing else.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use actix_pg_session::{MemoryStore, SessionMiddleware};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, rt};
use xtask::command::which;
use xtask::packages::{Manager, Packages};

use crate::cookie::SECRET;
use crate::serve;

const VALGRIND: Packages = Packages {
    what: "valgrind, which counts instructions",
    apt: &["valgrind"],
    dnf: &["valgrind"],
    apk: &["valgrind"],
    pacman: &["valgrind"],
    brew: &["valgrind"],
};

/// Pages that are counted: one that reads the session, one that changes it.
const PAGES: [&str; 2] = ["read", "change"];

const REQUESTS: u64 = 1000;

/// How much more is too much.
const TOLERANCE: f64 = 0.03;

/// Counts, and compares with what is written down. `--bless` writes it down.
pub(crate) fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let is_blessed = match words {
        [] => false,
        ["--bless"] => true,
        _ => return Err("instructions takes only --bless".into()),
    };
    if which("valgrind").is_none() {
        Manager::find(&VALGRIND)?.install(&VALGRIND)?;
    }
    let known = std::fs::read_to_string(file()).unwrap_or_default();
    let (mut text, mut is_worse) = (String::new(), false);
    for page in PAGES {
        let count = (counted(page, 2 * REQUESTS)? - counted(page, REQUESTS)?) / REQUESTS;
        text += &format!("{page} {count}\n");
        match kept(&known, page) {
            Some(before) => {
                let change = count as f64 / before as f64 - 1.0;
                is_worse |= change > TOLERANCE;
                println!("{page}: {count} instructions a request, {:+.1} % of {before}", change * 100.0);
            }
            None => println!("{page}: {count} instructions a request"),
        }
    }
    if is_blessed {
        std::fs::write(file(), text)?;
    } else if is_worse {
        return Err("more instructions than before; if that is meant, --bless writes it down".into());
    }
    Ok(())
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt")
}

fn kept(text: &str, page: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(page)?.trim().parse().ok())
}

/// Instructions of a process that makes so many requests.
fn counted(page: &str, requests: u64) -> Result<u64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["requests", page, &requests.to_string()])
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find_map(|line| line.split_once("Collected :"));
    let count = line.and_then(|(_, count)| count.trim().parse().ok());
    count.ok_or_else(|| format!("callgrind counted nothing: {text}").into())
}

/// What is counted: so many requests of a visitor who has a session.
pub(crate) fn requests(page: &str, how_many: &str) -> Result<(), Box<dyn Error>> {
    let how_many: u64 = how_many.parse()?;
    rt::System::new().block_on(async {
        let sessions =
            SessionMiddleware::builder(MemoryStore::new(), SECRET).name("sid").secure(false).build()?;
        let app = init_service(App::new().wrap(sessions).configure(serve::pages)).await;
        let answer = call_service(&app, TestRequest::get().uri("/create").to_request()).await;
        let cookie = answer.headers().get("set-cookie").ok_or("/create set no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        for _ in 0..how_many {
            let request =
                TestRequest::get().uri(&format!("/{page}")).insert_header(("cookie", cookie.as_str()));
            let answer = call_service(&app, request.to_request()).await;
            if !answer.status().is_success() {
                return Err(format!("/{page} answered {}", answer.status()).into());
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_count_of_a_page_is_read_back() {
        let text = "read 12\nchange 34\n";
        assert_eq!(super::kept(text, "change"), Some(34));
        assert_eq!(super::kept(text, "create"), None);
    }
}
