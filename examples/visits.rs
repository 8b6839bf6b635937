//! The README's application: counts visits, signs in and out.
//!
//! `DATABASE_URL=postgres://… cargo run --example visits`

use actix_pg_session::{PostgresStore, Secure, Session, SessionMiddleware};
use actix_web::{App, HttpResponse, HttpServer, Result, get, post, web};

#[get("/")]
async fn visit(session: Session) -> Result<HttpResponse> {
    session.update_or("visits", 1, |n: u32| n + 1)?;
    let visits: u32 = session.get("visits")?.unwrap_or(1);
    let name = session.owner().unwrap_or("stranger".into());
    Ok(HttpResponse::Ok().body(format!("Hello {name}, visit {visits}\n")))
}

#[post("/login/{name}")] // after checking a password, in an application that has one
async fn login(session: Session, name: web::Path<String>) -> Result<HttpResponse> {
    session.login(name.into_inner())?; // a new id; what was stored stays
    Ok(HttpResponse::Ok().body("signed in\n"))
}

#[post("/logout")]
async fn logout(session: Session) -> Result<HttpResponse> {
    session.logout()?; // the row goes, and the cookie with it
    Ok(HttpResponse::Ok().body("signed out\n"))
}

fn setting(name: &str) -> Result<String, Box<dyn std::error::Error>> {
    std::env::var(name).map_err(|_| format!("{name} is not set").into())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = PostgresStore::connect(&setting("DATABASE_URL")?).await?;
    store.migrate().await?;
    let pruner = store.start_pruning();
    let sessions = SessionMiddleware::builder(store, setting("SESSION_SECRET")?)
        .secure(Secure::Auto) // for http://localhost; leave it out in production
        .build()?;
    HttpServer::new(move || App::new().wrap(sessions.clone()).service(visit).service(login).service(logout))
        .bind("127.0.0.1:8080")?
        .run()
        .await?;
    pruner.stop().await;
    Ok(())
}
