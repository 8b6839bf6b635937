//! This crate, with any of its stores.

use std::error::Error;

use actix_pg_session::{Session, SessionMiddleware, SessionStore};
use actix_web::{App, HttpResponse, HttpServer, Result, error, web};

use super::{WORKERS, announce, next, values};
use crate::cookie::SECRET;

pub(super) async fn listen(store: impl SessionStore) -> Result<(), Box<dyn Error>> {
    let sessions = SessionMiddleware::builder(store, SECRET).name("sid").secure(false).build()?;
    let server = HttpServer::new(move || App::new().wrap(sessions.clone()).configure(pages));
    let server = server.workers(WORKERS).bind(("127.0.0.1", 0))?;
    announce(server.addrs()[0].port())?;
    Ok(server.run().await?)
}

pub(crate) fn pages(app: &mut web::ServiceConfig) {
    app.route("/read", web::get().to(read))
        .route("/count", web::get().to(count))
        .route("/change", web::get().to(change))
        .route("/create", web::get().to(create))
        .route("/login", web::get().to(login))
        .route("/anonymous", web::get().to(anonymous));
}

fn nobody() -> actix_web::Error {
    error::ErrorUnauthorized("no session")
}

async fn read(session: Session) -> Result<HttpResponse> {
    let name: String = session.get("name")?.ok_or_else(nobody)?;
    Ok(HttpResponse::Ok().body(name))
}

async fn count(session: Session) -> Result<HttpResponse> {
    let count: u64 = session.get("count")?.ok_or_else(nobody)?;
    Ok(HttpResponse::Ok().body(count.to_string()))
}

async fn change(session: Session) -> Result<HttpResponse> {
    if !session.contains_key("name") {
        return Err(nobody());
    }
    session.insert("count", next())?;
    Ok(HttpResponse::Ok().body("changed"))
}

async fn create(session: Session) -> Result<HttpResponse> {
    for (name, value) in values() {
        session.insert(name, value)?;
    }
    Ok(HttpResponse::Ok().body("created"))
}

async fn login(session: Session) -> Result<HttpResponse> {
    if !session.contains_key("name") {
        return Err(nobody());
    }
    session.login("ann")?;
    Ok(HttpResponse::Ok().body("signed in"))
}

async fn anonymous(session: Session) -> Result<HttpResponse> {
    let name: Option<String> = session.get("name")?;
    Ok(HttpResponse::Ok().body(name.unwrap_or_else(|| "a stranger".to_owned())))
}
