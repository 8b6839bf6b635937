//! Runs small scripts of session operations, so that this crate and express-session can be compared.
//!
//! `tests/express/driver.js` is the same for Node. The environment says how: `PORT`, `DATABASE_URL`, and
//! `OPTIONS`, a JSON object of express-session's options. A `POST` to any path with
//! `{"ops": [["set", "a", 1], ["get", "a"]]}` answers `{"results": ["ok", 1]}`; `GET /__store` answers
//! what is stored. `./dev conformance` generates scripts and compares the two.

#[path = "express_driver/javascript.rs"]
mod javascript;
#[path = "express_driver/options.rs"]
mod options;
#[path = "express_driver/script.rs"]
mod script;
#[path = "express_driver/stored.rs"]
mod stored;

use std::error::Error;
use std::io::Write as _;
use std::net::TcpListener;

use actix_pg_session::{ExpressStore, ExpressTouch, MemoryStore, SessionMiddleware};
use actix_web::{App, HttpResponse, HttpServer, web};

use options::Options;
use stored::Stored;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read(&std::env::var("OPTIONS").unwrap_or_else(|_| "{}".into()))?;
    let (sessions, stored) = open(&options).await?;
    let stored = web::Data::new(stored);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(stored.clone())
            .app_data(web::PayloadConfig::new(16 << 20))
            // Not through the middleware.
            .route("/__store", web::get().to(show))
            .service(web::scope("").wrap(sessions.clone()).default_service(web::post().to(script::run)))
    });
    let mut server = server.workers(1).bind(("127.0.0.1", options.port()?))?;
    let port = server.addrs().first().map(|address| address.port()).unwrap_or_default();
    // `localhost` may be either address, on machines that have both.
    if let Ok(listener) = TcpListener::bind(("::1", port)) {
        server = server.listen(listener)?;
    }
    println!("listening {port}");
    std::io::stdout().flush()?;
    Ok(server.run().await?)
}

/// The store that the options name, behind a middleware of these options.
async fn open(options: &Options) -> Result<(SessionMiddleware, Stored), Box<dyn Error>> {
    match options.store() {
        "memory" => {
            let store = MemoryStore::new();
            let sessions = options.configure(SessionMiddleware::builder(store.clone(), options.secrets()))?;
            Ok((sessions, Stored::memory(store)))
        }
        "connect-pg-simple" => {
            // As connect-pg-simple does; `ExpressTouch::Row` differs on purpose.
            let touch = match std::env::var("TOUCH").as_deref() {
                Ok("row") => ExpressTouch::Row,
                _ => ExpressTouch::Column,
            };
            let pool = sqlx::PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
            let builder = || ExpressStore::builder(pool.clone()).table(options.table()).touch(touch);
            let store = match builder().build().await {
                Ok(store) => store,
                // A role that may not read the server's configuration must say the zone. There is nobody to
                // ask here, and servers are set up with one zone for everything.
                Err(_) => {
                    let zone: String = sqlx::query_scalar("show log_timezone").fetch_one(&pool).await?;
                    builder().time_zone(zone).build().await?
                }
            };
            let stored = Stored::table(&store, options.table());
            let sessions = options.configure(SessionMiddleware::builder(store, options.secrets()))?;
            Ok((sessions, stored))
        }
        other => Err(format!("there is no store {other:?}: take memory or connect-pg-simple").into()),
    }
}

async fn show(stored: web::Data<Stored>) -> actix_web::Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(stored.live().await?))
}
