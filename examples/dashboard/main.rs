//! The dashboard, with life in it: people come, sign in, wander about and leave, so that there is something to see.
//!
//! ```text
//! DATABASE_URL=postgres://localhost/scratch cargo run --example dashboard --features cache,dashboard
//! ```
//!
//! or `./dev dashboard`, which brings a database along. Everything is in a schema of its own, `dashboard_example`, and
//! begins anew with each start.

mod life;
mod past;
mod people;
#[path = "../common/port.rs"]
mod port;
#[path = "../common/settings.rs"]
mod settings;
mod sign_in;
#[path = "../common/users.rs"]
mod users;

use std::error::Error;
use std::time::Duration;

use actix_pg_session::dashboard::{Admittance, Dashboard};
use actix_pg_session::{LoadSession as _, PostgresStore, Secure, SessionMiddleware, same_origin};
use actix_web::http::header::LOCATION;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use sqlx::PgPool;

/// Who may look. Being signed in says who somebody is, and not what they may do.
const STAFF: [&str; 1] = ["ada"];

/// Lets staff in, and sends everybody else to sign in.
async fn only_staff(request: &HttpRequest) -> Result<Admittance, HttpResponse> {
    let session = request.session().await.map_err(HttpResponse::from_error)?;
    match session.owner() {
        Some(name) if STAFF.contains(&&*name) => Ok(Admittance::full(name)),
        Some(_) => Err(HttpResponse::Forbidden().body("This is for the staff.")),
        None => Err(HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish()),
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let pool = PgPool::connect(&settings::required("DATABASE_URL")?).await?;
    let store = PostgresStore::builder(pool.clone()).schema("dashboard_example").build()?.cached(10_000);
    store.migrate().await?;
    let admin = store.admin();
    admin.revoke_everything().await?;
    past::plant(&pool).await?;

    let pruner = store.store().start_pruning();
    // Every five minutes is enough for most; here nobody wants to wait.
    let recorder = admin.start_recording_every(Duration::from_secs(10));
    let life = life::begin(store.clone());

    // A new one each time: whoever was signed in is not any more.
    let secret = format!("{}{}", uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let sessions = SessionMiddleware::builder(store, secret.as_str())
        // For http on this machine. Behind TLS leave it out: the default is `Secure::Always`.
        .secure(Secure::Auto)
        .build()?;
    let dashboard = Dashboard::new(admin, only_staff);
    let server = HttpServer::new(move || {
        App::new()
            .service(dashboard.scope("/admin/sessions"))
            .route("/", web::get().to(sign_in::form))
            .route("/sign-in", web::post().to(sign_in::sign_in))
            .wrap(sessions.clone())
            .wrap(from_fn(same_origin))
    })
    .workers(2)
    .shutdown_timeout(1)
    .bind(("127.0.0.1", port::port()?))?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    server.run().await?;
    life.abort();
    recorder.stop().await;
    pruner.stop().await;
    pool.close().await;
    Ok(())
}
