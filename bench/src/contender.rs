//! The applications that are compared. All have the same two pages.

use std::error::Error;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_pg_session::{MemoryStore, PostgresStore, Session, SessionMiddleware, SessionStore};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, Result, error, web};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::sessions::SECRET;

/// Their names, in the order in which they are measured.
pub(crate) const ALL: [(&str, &str); 4] = [
    ("ceiling", "actix-web, no session"),
    ("floor", "actix-web, hand-written sqlx"),
    ("alone", "this crate, each call alone"),
    ("ours", "this crate"),
];

/// Connections of each application's pool, and its workers: as many as the machine has cores.
const CONNECTIONS: u32 = 10;
const WORKERS: usize = 2;

/// Runs one until it is ended, after a line that says on which port.
pub(crate) fn serve(name: &str) -> Result<(), Box<dyn Error>> {
    let name = name.to_owned();
    actix_web::rt::System::new().block_on(async move {
        let url = std::env::var("DATABASE_URL")?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(&url).await?;
        match name.as_str() {
            "ceiling" => {
                listen(|app| {
                    app.route("/read", web::get().to(plain)).route("/change", web::get().to(plain));
                })
                .await
            }
            "floor" => {
                let pool = web::Data::new(pool);
                listen(move |app| {
                    app.app_data(pool.clone())
                        .route("/read", web::get().to(floor_read))
                        .route("/change", web::get().to(floor_change));
                })
                .await
            }
            "alone" => listen_with(PostgresStore::builder(pool).batching(false).build()?).await,
            "ours" => listen_with(PostgresStore::new(pool)).await,
            "memory" => listen_with(MemoryStore::new()).await,
            other => Err(format!("there is no contender {other:?}").into()),
        }
    })
}

async fn listen(
    configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let server = HttpServer::new(move || App::new().configure(configure.clone()));
    let server = server.workers(WORKERS).bind(("127.0.0.1", 0))?;
    announce(server.addrs()[0].port())?;
    Ok(server.run().await?)
}

async fn listen_with(store: impl SessionStore) -> Result<(), Box<dyn Error>> {
    let sessions = SessionMiddleware::builder(store, SECRET).name("sid").secure(false).build()?;
    let server = HttpServer::new(move || {
        App::new()
            .wrap(sessions.clone())
            .route("/read", web::get().to(read))
            .route("/change", web::get().to(change))
    });
    let server = server.workers(WORKERS).bind(("127.0.0.1", 0))?;
    announce(server.addrs()[0].port())?;
    Ok(server.run().await?)
}

fn announce(port: u16) -> std::io::Result<()> {
    println!("listening {port}");
    std::io::stdout().flush()
}

async fn plain() -> HttpResponse {
    HttpResponse::Ok().body("no session")
}

async fn read(session: Session) -> Result<HttpResponse> {
    let name: Option<String> = session.get("name")?;
    name.map(|name| HttpResponse::Ok().body(name)).ok_or_else(|| error::ErrorUnauthorized("no session"))
}

/// A number that nobody has stored yet, so that each request changes something.
fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

async fn change(session: Session) -> Result<HttpResponse> {
    if !session.contains_key("name") {
        return Err(error::ErrorUnauthorized("no session"));
    }
    session.insert("count", next())?;
    Ok(HttpResponse::Ok().body("changed"))
}

/// The key of the row, of a cookie that is believed.
fn key(request: &HttpRequest) -> Option<Vec<u8>> {
    let cookies = request.headers().get("cookie")?.to_str().ok()?;
    let value = cookies.strip_prefix("sid=s%3A")?;
    Some(Sha256::digest(value.split('.').next()?.as_bytes()).to_vec())
}

async fn select(request: &HttpRequest, pool: &PgPool) -> Result<(Vec<u8>, serde_json::Value)> {
    let key = key(request).ok_or_else(|| error::ErrorUnauthorized("no cookie"))?;
    let data: Option<String> =
        sqlx::query_scalar("select data::text from sessions where key = $1 and expires_at > now()")
            .bind(&key)
            .fetch_optional(pool)
            .await
            .map_err(error::ErrorInternalServerError)?;
    let data = data.ok_or_else(|| error::ErrorUnauthorized("no session"))?;
    Ok((key, serde_json::from_str(&data)?))
}

async fn floor_read(request: HttpRequest, pool: web::Data<PgPool>) -> Result<HttpResponse> {
    let (_, data) = select(&request, &pool).await?;
    Ok(HttpResponse::Ok().body(data["name"].as_str().unwrap_or_default().to_owned()))
}

async fn floor_change(request: HttpRequest, pool: web::Data<PgPool>) -> Result<HttpResponse> {
    let (key, mut data) = select(&request, &pool).await?;
    data["count"] = next().into();
    sqlx::query(
        "update sessions set data = $2::text::jsonb, version = version + 1, seen_at = now(),
            expires_at = least(now() + idle_timeout, deadline)
        where key = $1 and expires_at > now()",
    )
    .bind(&key)
    .bind(data.to_string())
    .execute(&**pool)
    .await
    .map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().body("changed"))
}
