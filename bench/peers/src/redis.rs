//! actix-session with its Redis store: one connection that all requests share, as its README has it.

use std::error::Error;

use actix_session::storage::RedisSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::{App, HttpResponse, HttpServer, Result, error, web};

use crate::{WORKERS, announce, page, setting};

pub fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    actix_web::rt::System::new().block_on(async {
        let store = RedisSessionStore::new(setting("REDIS_URL")?).await?;
        let key = Key::from(&[7; 64]);
        let server = HttpServer::new(move || {
            // Not secure because this is http; everything else is the default.
            let sessions =
                SessionMiddleware::builder(store.clone(), key.clone()).cookie_secure(false).build();
            App::new()
                .wrap(sessions)
                .route("/read", web::get().to(read))
                .route("/change", web::get().to(change))
                .route("/count", web::get().to(count))
                .route("/create", web::get().to(create))
                .route("/anonymous", web::get().to(anonymous))
                .route("/login", web::get().to(login))
        });
        let server = server.workers(WORKERS).bind(("127.0.0.1", 0))?;
        announce(server.addrs()[0].port())?;
        Ok(server.run().await?)
    })
}

fn nobody() -> actix_web::Error {
    error::ErrorUnauthorized("no session")
}

async fn read(session: Session) -> Result<HttpResponse> {
    let name: String = session.get("name")?.ok_or_else(nobody)?;
    Ok(HttpResponse::Ok().body(name))
}

async fn change(session: Session) -> Result<HttpResponse> {
    session.get::<String>("name")?.ok_or_else(nobody)?;
    session.insert("count", page::next())?;
    Ok(HttpResponse::Ok().body("changed"))
}

async fn count(session: Session) -> Result<HttpResponse> {
    let count: u64 = session.get("count")?.ok_or_else(nobody)?;
    Ok(HttpResponse::Ok().body(count.to_string()))
}

async fn create(session: Session) -> Result<HttpResponse> {
    for (name, value) in page::session() {
        session.insert(name, value)?;
    }
    Ok(HttpResponse::Ok().body("created"))
}

async fn anonymous(session: Session) -> Result<HttpResponse> {
    let name: Option<String> = session.get("name")?;
    Ok(HttpResponse::Ok().body(name.unwrap_or_else(|| "a stranger".to_owned())))
}

async fn login(session: Session) -> Result<HttpResponse> {
    session.get::<String>("name")?.ok_or_else(nobody)?;
    session.insert("owner", "ann")?;
    session.renew();
    Ok(HttpResponse::Ok().body("signed in"))
}
