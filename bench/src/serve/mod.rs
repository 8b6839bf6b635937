//! The contenders that are built with this program. Each is a process: `bench serve NAME`.
//!
//! All have the same pages: `read` and `count` show a value, `change` stores one, `create` begins a session
//! of about 300 bytes, `login` signs in, and `anonymous` looks for a value that need not be there.

mod by_hand;
mod ceiling;
mod ours;
mod pipelined;
mod sqlx;

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use ::sqlx::PgPool;
use ::sqlx::postgres::PgPoolOptions;
use actix_pg_session::{MemoryStore, PostgresStore};
use actix_web::{App, HttpServer, web};

pub(crate) use ceiling::pages as pages_without_sessions;
pub(crate) use ours::pages;

/// Connections of an application's pool, and its workers: as many as the machine has cores.
const CONNECTIONS: u32 = 10;
const WORKERS: usize = 2;

/// Sessions that the cache has room for: all that are visited.
const CACHED: usize = 100_000;

/// Runs one until standard input ends, after a line that says on which port.
pub(crate) fn serve(name: &str) -> Result<(), Box<dyn Error>> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let name = name.to_owned();
    actix_web::rt::System::new().block_on(async move {
        match name.as_str() {
            "ceiling" => listen(ceiling::pages).await,
            "floor" => sqlx::listen(pool().await?).await,
            "pipelined" => pipelined::listen(&url()?).await,
            "alone" => ours::listen(PostgresStore::builder(pool().await?).batching(false).build()?).await,
            "ours" => ours::listen(PostgresStore::new(pool().await?)).await,
            "cached" => {
                let store = PostgresStore::new(pool().await?).cached(CACHED);
                store.migrate().await?;
                ours::listen(store).await
            }
            "memory" => ours::listen(MemoryStore::new()).await,
            other => Err(format!("there is no contender {other:?}").into()),
        }
    })
}

fn url() -> Result<String, Box<dyn Error>> {
    std::env::var("DATABASE_URL").map_err(|_| "DATABASE_URL is not set".into())
}

async fn pool() -> Result<PgPool, Box<dyn Error>> {
    Ok(PgPoolOptions::new().max_connections(CONNECTIONS).connect(&url()?).await?)
}

async fn listen(
    configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let server = HttpServer::new(move || App::new().configure(configure.clone()));
    let server = server.workers(WORKERS).bind(("127.0.0.1", 0))?;
    announce(server.addrs()[0].port())?;
    Ok(server.run().await?)
}

fn announce(port: u16) -> std::io::Result<()> {
    println!("listening {port}");
    std::io::stdout().flush()
}

/// A number that nobody has stored yet, so that each request changes something.
fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What a new session holds.
fn values() -> [(&'static str, serde_json::Value); 5] {
    [
        ("name", "a visitor".into()),
        ("csrf", "0123456789abcdef0123456789abcdef".into()),
        ("count", 0.into()),
        ("cart", vec![1, 2, 3].into()),
        ("note", "x".repeat(120).into()),
    ]
}
