//! The README's application on actix-session and actix-identity, with its sessions in PostgreSQL.
//!
//! `DATABASE_URL=postgres://… SESSION_SECRET=… cargo run --example visits_actix_session --features actix-session`
//!
//! It is what `docs/from-actix-session.md` calls step one. `visits` is the same after step two.

use actix_identity::{Identity, IdentityMiddleware};
use actix_pg_session::{ActixSessionStore, PostgresStore};
use actix_session::config::PersistentSession;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::{Key, time};
use actix_web::error::ErrorInternalServerError;
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse, HttpServer, Result, get, post, web};

#[get("/")]
async fn visit(session: Session, identity: Option<Identity>) -> Result<HttpResponse> {
    let visits = session.get::<u32>("visits")?.unwrap_or(0) + 1;
    session.insert("visits", visits)?;
    let name = identity.and_then(|identity| identity.id().ok()).unwrap_or("stranger".into());
    Ok(HttpResponse::Ok().body(format!("Hello {name}, visit {visits}\n")))
}

#[post("/login/{name}")] // after checking a password, in an application that has one
async fn login(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse> {
    Identity::login(&request.extensions(), name.into_inner()).map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().body("signed in\n"))
}

#[post("/logout")]
async fn logout(identity: Identity) -> HttpResponse {
    identity.logout();
    HttpResponse::Ok().body("signed out\n")
}

fn setting(name: &str) -> Result<String, Box<dyn std::error::Error>> {
    std::env::var(name).map_err(|_| format!("{name} is not set").into())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let postgres = PostgresStore::connect(&setting("DATABASE_URL")?).await?;
    postgres.migrate().await?;
    let pruner = postgres.start_pruning();
    let store = ActixSessionStore::new(postgres); // was: RedisSessionStore::new(…).await?
    let key = Key::derive_from(setting("SESSION_SECRET")?.as_bytes());
    let lifecycle = PersistentSession::default().session_ttl(time::Duration::days(14));
    HttpServer::new(move || {
        let sessions = SessionMiddleware::builder(store.clone(), key.clone())
            .session_lifecycle(lifecycle.clone())
            .cookie_secure(false) // for http://localhost; leave it out in production
            .build();
        App::new()
            .wrap(IdentityMiddleware::default())
            .wrap(sessions)
            .service(visit)
            .service(login)
            .service(logout)
    })
    .bind("127.0.0.1:8080")?
    .run()
    .await?;
    pruner.stop().await;
    Ok(())
}
