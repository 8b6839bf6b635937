//! `./dev bench instructions`: how many instructions one request takes, by valgrind's callgrind.
//!
//! Time depends on the machine and on who else uses it, a count of instructions hardly does. So this is what
//! tells whether a change made the crate's own part slower. Requests go straight into an application, without a
//! network: on the store in memory, and on the cache, which has what it needs before the count begins; and of a
//! visitor without a cookie, also into an application without sessions. A run of twice as many requests has the
//! same start, so the difference is requests and nothing else.

use std::error::Error;
use std::path::{Path, PathBuf};

use actix_pg_session::{MemoryStore, PostgresStore, SessionMiddleware, SessionStore};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, rt};
use xtask::postgres::Cluster;
use xtask::valgrind;

use crate::cookie::SECRET;
use crate::serve;

/// What is counted: a page, and the store of its session.
const COUNTED: [[&str; 2]; 5] = [
    ["anonymous", "none"],
    ["anonymous", "memory"],
    ["read", "memory"],
    ["change", "memory"],
    ["read", "cached"],
];

const REQUESTS: u64 = 5000;

/// How much more is too much.
const TOLERANCE: f64 = 0.03;

/// Counts, and compares with what is written down. `--bless` writes it down.
pub(crate) fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let is_blessed = match words {
        [] => false,
        ["--bless"] => true,
        _ => return Err("instructions takes only --bless".into()),
    };
    valgrind::find_or_install()?;
    let cluster = Cluster::ephemeral()?;
    let url = cluster.url("postgres");
    let known = std::fs::read_to_string(file()).unwrap_or_default();
    let (mut text, mut is_worse) = (String::new(), false);
    for what in COUNTED {
        let count = (counted(what, 2 * REQUESTS, &url)? - counted(what, REQUESTS, &url)?) / REQUESTS;
        let what = what.join(" ");
        text += &format!("{what} {count}\n");
        match kept(&known, &what) {
            Some(before) => {
                let change = count as f64 / before as f64 - 1.0;
                is_worse |= change > TOLERANCE;
                println!("{what}: {count} instructions a request, {:+.1} % of {before}", change * 100.0);
            }
            None => println!("{what}: {count} instructions a request"),
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

fn kept(text: &str, what: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(what)?.trim().parse().ok())
}

/// Instructions of a process that makes so many requests.
fn counted([page, store]: [&str; 2], requests: u64, url: &str) -> Result<u64, Box<dyn Error>> {
    let words = ["requests", page, store, &requests.to_string()];
    Ok(valgrind::instructions(&std::env::current_exe()?, &words, &[("DATABASE_URL", url)])?)
}

/// So many requests of a visitor who has a session, unless the page is for those who have none.
pub(crate) fn requests(page: &str, store: &str, how_many: &str) -> Result<(), Box<dyn Error>> {
    let how_many: u64 = how_many.parse()?;
    rt::System::new().block_on(async {
        match store {
            "cached" => {
                let store = PostgresStore::connect(&std::env::var("DATABASE_URL")?).await?.cached(100);
                store.migrate().await?;
                let cache = store.clone();
                send(page, store, how_many, async || cache.caught_up().await).await?;
                let hits = cache.stats().hits;
                if hits < how_many {
                    return Err(format!("{hits} of {how_many} requests were answered from the cache").into());
                }
                Ok(())
            }
            "none" => {
                let app = init_service(App::new().configure(serve::pages_without_sessions)).await;
                repeat(&app, page, None, how_many).await
            }
            _ => send(page, MemoryStore::new(), how_many, async || ()).await,
        }
    })
}

async fn send(
    page: &str,
    store: impl SessionStore,
    how_many: u64,
    is_ready: impl AsyncFn(),
) -> Result<(), Box<dyn Error>> {
    let sessions = SessionMiddleware::builder(store, SECRET)
        .name("sid")
        .secure(false)
        // By chance one cookie takes more escapes than another. Nobody is to be kept out here.
        .id_generator(move || format!("session-of-{how_many:08}-requests-of-the-benchmarks"))
        .build()?;
    let app = init_service(App::new().wrap(sessions).configure(serve::pages)).await;
    let answer = call_service(&app, TestRequest::get().uri("/create").to_request()).await;
    let cookie = answer.headers().get("set-cookie").ok_or("/create set no cookie")?.to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    is_ready().await;
    repeat(&app, page, (page != "anonymous").then_some(cookie.as_str()), how_many).await
}

async fn repeat<B>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    page: &str,
    cookie: Option<&str>,
    how_many: u64,
) -> Result<(), Box<dyn Error>> {
    // One more, which brings it into a cache.
    for _ in 0..=how_many {
        let mut request = TestRequest::get().uri(&format!("/{page}"));
        if let Some(cookie) = cookie {
            request = request.insert_header(("cookie", cookie));
        }
        let answer = call_service(app, request.to_request()).await;
        if !answer.status().is_success() {
            return Err(format!("/{page} answered {}", answer.status()).into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_counted_is_read_back() {
        let text = "read memory 12\nread cached 34\n";
        assert_eq!(super::kept(text, "read cached"), Some(34));
        assert_eq!(super::kept(text, "change memory"), None);
    }
}
