//! An administrator's session beside the visitor's: stricter, shorter, and told apart by type.
//!
//! ```text
//! export DATABASE_URL=postgres://…
//! export SESSION_SECRET=$(openssl rand -base64 48)
//! cargo run --example two_sessions
//! ```

#[path = "common/settings.rs"]
mod settings;
#[path = "common/users.rs"]
mod users;

use std::time::Duration;

use actix_pg_session::{PostgresStore, SameSite, Secure, Session, SessionMiddleware, same_origin};
use actix_web::http::header::{CACHE_CONTROL, ContentType, LOCATION};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Form};
use actix_web::{App, HttpResponse, HttpServer, Result, error};
use maud::{DOCTYPE, html};
use serde::Deserialize;

/// Names the second session, and is nothing else: a handler that asks for `Session<Admin>` cannot be
/// given a visitor's by mistake.
enum Admin {}

/// Who may do this work. Being signed in says who somebody is, and not what they may do.
const ADMINISTRATORS: [&str; 1] = ["ada"];

const MINUTE: Duration = Duration::from_secs(60);

async fn visit(session: Session) -> Result<HttpResponse> {
    session.update_or("visits", 1_u32, |visits| visits + 1)?;
    let visits: Option<u32> = session.get("visits")?;
    Ok(HttpResponse::Ok().body(format!("visit {}\n", visits.unwrap_or_default())))
}

/// No `Debug`: a password must not get into a log by accident.
#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

/// Both sessions in one request, each with a cookie, a row and a life of its own.
async fn office(admin: Session<Admin>, visitor: Session) -> Result<HttpResponse> {
    let visits = visitor.get::<u32>("visits")?.unwrap_or_default();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { title { "Office" } }
            body {
                @match admin.owner() {
                    Some(owner) => {
                        p { (owner) " is at work, and visited " (visits) " times as a customer." }
                        form method="post" action="/admin/logout" { button { "Sign out" } }
                    }
                    None => form method="post" action="/admin/login" {
                        label { "Name " input name="name" required autocomplete="username"; }
                        label { "Password " input name="password" type="password" required autocomplete="current-password"; }
                        button { "Sign in" }
                    }
                }
            }
        }
    };
    Ok(HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page.into_string()))
}

async fn login(admin: Session<Admin>, form: Form<Credentials>) -> Result<HttpResponse> {
    let Credentials { name, password } = form.into_inner();
    let user = users::authenticate(&name, password).await?;
    // Not one of us, not known, not the password: the same answer, after the same work.
    match user.filter(|user| ADMINISTRATORS.contains(&user.name)) {
        Some(user) => admin.login(user.name)?,
        None => return Err(error::ErrorForbidden("You cannot sign in here with that.")),
    }
    Ok(to_office())
}

/// Ends the administrator's session. The visitor's, with the cart, stays.
async fn logout(admin: Session<Admin>) -> Result<HttpResponse> {
    admin.logout()?;
    Ok(to_office())
}

fn to_office() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, "/admin")).finish()
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = PostgresStore::connect(&settings::required("DATABASE_URL")?).await?;
    store.migrate().await?;
    let pruner = store.start_pruning();
    let visitors = SessionMiddleware::builder(store.clone(), settings::required("SESSION_SECRET")?)
        .secure(Secure::Auto) // for http on this machine; leave both out behind TLS
        .build()?;
    // One table and one secret for both: a visitor who sends their cookie's value under the other
    // name finds no session there.
    let admins = SessionMiddleware::builder(store, settings::required("SESSION_SECRET")?)
        .marker::<Admin>()
        .name("admin_sid")
        .path("/admin") // the browser shows it to no other page
        .same_site(SameSite::Strict) // nor sends it along when another site links here
        .max_age(15 * MINUTE)
        .absolute_lifetime(8 * 60 * MINUTE) // a working day
        .secure(Secure::Auto)
        .build()?;
    for user in users::USERS.iter().filter(|user| ADMINISTRATORS.contains(&user.name)) {
        println!("/admin is for {}: {}", user.name, user.shown_password);
    }
    HttpServer::new(move || {
        App::new()
            .route("/", web::get().to(visit))
            .service(
                web::scope("/admin")
                    .route("", web::get().to(office))
                    .route("/login", web::post().to(login))
                    .route("/logout", web::post().to(logout))
                    .wrap(admins.clone()),
            )
            .wrap(visitors.clone())
            .wrap(from_fn(same_origin))
    })
    .bind(("127.0.0.1", 8080))?
    .run()
    .await?;
    pruner.stop().await;
    Ok(())
}
