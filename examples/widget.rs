//! A page for frames on other people's sites, with a session for each site that it stands on.
//!
//! ```text
//! export DATABASE_URL=postgres://…
//! cargo run --example widget
//! ```
//!
//! `SameSite=None` lets the cookie into frames, and `Partitioned` (CHIPS) gives each site around them a jar of its
//! own: what somebody does in the widget at one shop is not known to it at another.

#[path = "common/port.rs"]
mod port;
#[path = "common/settings.rs"]
mod settings;

use actix_pg_session::{PostgresStore, SameSite, Session, SessionMiddleware};
use actix_web::http::header::{ContentType, LOCATION};
use actix_web::{App, HttpResponse, HttpServer, Result, web};

async fn show(session: Session) -> Result<HttpResponse> {
    session.update_or("visits", 1_u32, |visits| visits + 1)?;
    let visits = session.get::<u32>("visits")?.unwrap_or_default();
    let page = format!(
        "<!doctype html><title>A widget</title><p id=visits>visit {visits}</p>\
         <form method=post action=/forget><button>Forget me</button></form>"
    );
    Ok(HttpResponse::Ok().content_type(ContentType::html()).body(page))
}

async fn forget(session: Session) -> Result<HttpResponse> {
    session.purge()?;
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, "/forgotten")).finish())
}

/// Asks for no session, or forgetting would last until the next page.
async fn forgotten() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::html()).body("<!doctype html><p id=visits>forgotten</p>")
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = PostgresStore::connect(&settings::required("DATABASE_URL")?).await?;
    store.migrate().await?;
    // For this run; yours comes from the environment, and lasts.
    let secret = format!("{}{}", uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let sessions = SessionMiddleware::builder(store, secret.as_str())
        .same_site(SameSite::None)
        .partitioned(true)
        .build()?;
    let server = HttpServer::new(move || {
        App::new()
            .wrap(sessions.clone())
            .route("/", web::get().to(show))
            .route("/forget", web::post().to(forget))
            .route("/forgotten", web::get().to(forgotten))
    })
    .bind(("127.0.0.1", port::port()?))?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    Ok(server.run().await?)
}
