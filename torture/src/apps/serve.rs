//! `torture serve`: one application.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use actix_pg_session::{Caching, PostgresStore, SessionMiddleware, SessionStore};
use actix_web::{App, HttpServer, web};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgConnection, PgPool};

use super::pages::{Office, pages};
use super::sabotage::Sabotaged;
use super::setup::{Configuration, Times};
use super::witness::Witness;
use super::{COOKIE, Sabotage};
use crate::ticker::tick;
use crate::{Error, OrSay, Result};

const SECRET: &str = "a secret that is known to everybody who reads this file";

/// Connections of an application's pool, and its workers.
const CONNECTIONS: u32 = 8;
const WORKERS: usize = 2;

/// Sessions that a cache has room for: fewer than there are, so that some are thrown out.
const CACHED: usize = 200;

/// Runs one until it is told to end, or standard input ends: so it does not outlive whoever started it.
pub fn serve(words: &[String]) -> Result<()> {
    let mut configuration = Configuration::Batched;
    let (mut times, mut sabotage, mut port) = (Times::default(), None, 0);
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(Error::new("every option of `serve` has a value")) };
        let wrong = || Error::new(format!("{name} {value} is not understood"));
        match name.as_str() {
            "--configuration" => configuration = Configuration::named(value).ok_or_else(wrong)?,
            "--sabotage" => sabotage = Some(Sabotage::named(value).ok_or_else(wrong)?),
            "--port" => port = value.parse().map_err(|_| wrong())?,
            _ => times.set(name, value).ok_or_else(wrong)?,
        }
    }
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let url = std::env::var("DATABASE_URL").map_err(|_| Error::new("DATABASE_URL is not set"))?;
    actix_web::rt::System::new().block_on(async move {
        let store = PostgresStore::builder(pool(&url, times)?)
            .batching(configuration != Configuration::Alone)
            .prepared_statements(configuration != Configuration::Pooled);
        let store = store.build().or_say(|| "the store".to_owned())?;
        let office = Office { admin: store.admin(), store: store.clone(), times, sabotage };
        if !configuration.has_cache() {
            return listen(store, office, times, sabotage, port).await;
        }
        let cached = store.cached(Caching::new(CACHED).max_silence(times.max_silence));
        let office = Office { admin: cached.admin(), ..office };
        match configuration {
            Configuration::Strict => listen(cached.strict(), office, times, sabotage, port).await,
            _ => listen(cached, office, times, sabotage, port).await,
        }
    })
}

/// It connects when it must, so that an application can start while the database is down. A connection that pages of
/// ours have used for a transaction, and that is lost, is to be missed by nobody: sqlx would wait for it for ever.
fn pool(url: &str, times: Times) -> Result<PgPool> {
    let options: sqlx::postgres::PgConnectOptions = url.parse().or_say(|| "DATABASE_URL".to_owned())?;
    let options = options.application_name("torture");
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(times.store_timeout)
        .after_release(move |connection, _| Box::pin(is_well(connection, times.store_timeout)));
    Ok(pool.connect_lazy_with(options))
}

async fn is_well(connection: &mut PgConnection, within: Duration) -> sqlx::Result<bool> {
    let answer = tokio::time::timeout(within, connection.ping()).await;
    answer.unwrap_or_else(|_| Err(sqlx::Error::Protocol("it is lost".into()))).map(|()| true)
}

async fn listen(
    store: impl SessionStore,
    office: Office,
    times: Times,
    sabotage: Option<Sabotage>,
    port: u16,
) -> Result<()> {
    let sessions = SessionMiddleware::builder(Witness(Sabotaged::new(store, sabotage)), SECRET)
        .name(COOKIE)
        .secure(false)
        .max_age(times.idle)
        .absolute_lifetime(times.absolute)
        .late_grace(times.late_grace)
        .store_timeout(times.store_timeout)
        .build()
        .or_say(|| "the middleware".to_owned())?;
    let office = web::Data::new(office);
    let server = HttpServer::new(move || {
        // Once in each worker.
        actix_web::rt::spawn(tick(format!("a worker of the application at {port}")));
        App::new().app_data(office.clone()).wrap(sessions.clone()).configure(pages)
    });
    let server = server.workers(WORKERS).shutdown_timeout(10).bind(("127.0.0.1", port));
    let server = server.or_say(|| format!("port {port}"))?;
    let port = server.addrs()[0].port();
    println!("listening {port}");
    std::io::stdout().flush().or_say(|| "standard output".to_owned())?;
    server.run().await.or_say(|| "the server".to_owned())
}
