//! Harbour Books: a small shop whose visitors have sessions in PostgreSQL.
//!
//! ```text
//! DATABASE_URL=postgres://localhost/shop cargo run --example quickstart
//! ```
//!
//! `PORT` is where it listens (8080; 0 for any that is free), `SESSION_SECRET` what signs the
//! cookies; see `secret.rs` for what happens without one.

mod books;
mod cart;
mod covers;
mod devices;
#[path = "../common/headers.rs"]
mod headers;
mod page;
#[path = "../common/port.rs"]
mod port;
mod row;
mod secret;
#[path = "../common/settings.rs"]
mod settings;
mod shop;
mod sign_in;
mod trouble;
#[path = "../common/users.rs"]
mod users;
mod words;

use std::error::Error;
use std::time::Duration;

use actix_pg_session::{PostgresStore, Secure, Session, SessionMiddleware, same_origin};
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer, Result};
use maud::html;
use sqlx::PgPool;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = PostgresStore::connect(&settings::required("DATABASE_URL")?).await?;
    store.migrate().await?;
    let pool = store.pool().clone();
    let sessions = SessionMiddleware::builder(store.clone(), secret::secret(&pool).await?)
        // For http on this machine. Behind TLS leave it out: the default is `Secure::Always`.
        .secure(Secure::Auto)
        // "Last seen" is exact to a minute here; five are enough for most.
        .touch_after(0.1, Duration::from_secs(60))
        // Who must be signed in for a page and is not goes there.
        .sign_in_at("/sign-in")
        .build()?;
    let pruner = store.start_pruning();

    let data = Data::new(pool.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .configure(routes)
            .wrap(sessions.clone())
            .wrap(from_fn(same_origin))
            .wrap(headers::headers())
    })
    .shutdown_timeout(5)
    .bind(("127.0.0.1", port::port()?))?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    // Returns after SIGTERM, with requests under way finished, or Ctrl-C, at once.
    server.run().await?;
    pruner.stop().await;
    pool.close().await;
    Ok(())
}

/// Whatever changes something is a `POST`: browsers follow links and preload pages on their own.
fn routes(app: &mut ServiceConfig) {
    app.route("/", web::get().to(shop::catalogue))
        .route("/cart", web::get().to(shop::cart))
        .route("/cart/add", web::post().to(shop::add))
        .route("/cart/set", web::post().to(shop::set))
        .route("/sign-in", web::get().to(sign_in::form))
        .route("/sign-in", web::post().to(sign_in::sign_in))
        .route("/sign-out", web::post().to(sign_in::sign_out))
        .route("/account", web::get().to(devices::account))
        .route("/account/end", web::post().to(devices::end))
        .route("/account/end-others", web::post().to(devices::end_others))
        .route(
            "/style.css",
            web::get().to(async || file("text/css; charset=utf-8", include_str!("style.css"))),
        )
        .route("/icon.svg", web::get().to(async || file("image/svg+xml", include_str!("icon.svg"))))
        .default_service(web::to(not_found));
}

/// No session is asked for here, so a style sheet costs no query.
fn file(content_type: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(content_type).insert_header((CACHE_CONTROL, "max-age=60")).body(body)
}

async fn not_found(session: Session, pool: Data<PgPool>) -> Result<HttpResponse> {
    let main = html! {
        h1 { "Not on any chart" }
        p { "There is no page here. " a href="/" { "Back to the harbour." } }
    };
    page::Page::new("Not found", main).status(StatusCode::NOT_FOUND).show(&session, &pool).await
}
