//! Harbour Books, the counter that is written with actix-web. Beside it stands the one of `node.js`,
//! with Express 5: they share a cookie and a table, so a visitor of one is known at the other.
//!
//! ```text
//! DATABASE_URL=postgres://… SESSION_SECRET=… PORT=8080 OTHER_URL=http://127.0.0.1:8081 \
//!     cargo run --example express --features express
//! ```
//!
//! `./dev express` starts both, with all that they need.

mod books;
#[path = "../common/headers.rs"]
mod headers;
mod page;
#[path = "../common/port.rs"]
mod port;
#[path = "../common/settings.rs"]
mod settings;
mod shop;
#[path = "../common/users.rs"]
mod users;

use std::error::Error;
use std::time::Duration;

use actix_pg_session::{ExpressStore, SameSite, Secure, SessionMiddleware, same_origin};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // connect-pg-simple's table, as it is. Node's half removes what has expired.
    let store = ExpressStore::connect(&settings::required("DATABASE_URL")?).await?;
    // Whatever is given here is given to `session(…)` in node.js, too.
    let sessions = SessionMiddleware::builder(store, settings::required("SESSION_SECRET")?)
        .express_defaults()
        .resave(false)
        .save_uninitialized(false)
        .max_age(HOUR)
        .same_site(SameSite::Lax)
        // For http on this machine. Behind TLS say `Secure::Always`.
        .secure(Secure::Auto)
        .build()?;

    let other = Data::new(shop::Other(settings::required("OTHER_URL")?));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(other.clone())
            // Outside the scope of the sessions, so that a style sheet costs no query.
            .route("/style.css", web::get().to(async || file("text/css", include_str!("style.css"))))
            .route(
                "/icon.svg",
                web::get().to(async || file("image/svg+xml", include_str!("../quickstart/icon.svg"))),
            )
            .service(web::scope("").wrap(sessions.clone()).configure(routes))
            .wrap(from_fn(same_origin))
            .wrap(headers::headers())
    })
    .shutdown_timeout(5)
    .bind(("127.0.0.1", port::port()?))?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    Ok(server.run().await?)
}

/// Whatever changes something is a `POST`: browsers follow links on their own.
fn routes(app: &mut ServiceConfig) {
    app.route("/", web::get().to(shop::home))
        .route("/login", web::post().to(shop::login))
        .route("/logout", web::post().to(shop::logout))
        .route("/cart", web::post().to(shop::add_to_cart))
        .route("/cart/empty", web::post().to(shop::empty_cart));
}

fn file(content_type: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(content_type).insert_header((CACHE_CONTROL, "max-age=60")).body(body)
}
