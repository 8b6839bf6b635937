//! Signing in, done safely, with the reason for each step.
//!
//! `DATABASE_URL=postgres://… SESSION_SECRET=$(openssl rand -base64 48) cargo run --example login`

#[path = "common/settings.rs"]
mod settings;
#[path = "common/users.rs"]
mod users;

use actix_pg_session::{PostgresStore, Recent, Secure, Session, SessionMiddleware, same_origin};
use actix_web::http::header::{CACHE_CONTROL, ContentType, LOCATION};
use actix_web::middleware::from_fn;
use actix_web::web::Form;
use actix_web::{App, HttpResponse, HttpServer, Result, error, get, post};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;

/// How fresh a sign-in must be, in seconds, for what would let a thief of the session take the account.
const RECENT: u64 = 10 * 60;

/// No `Debug`: a password must not get into a log by accident.
#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

#[get("/")]
async fn home(session: Session) -> HttpResponse {
    page(match session.owner() {
        Some(owner) => html! {
            p { "Hello " (owner) ". " a href="/password" { "Change your password" } }
            form method="post" action="/logout" { button { "Sign out" } }
        },
        None => html! { p { a href="/login" { "Sign in" } } },
    })
}

#[get("/login")]
async fn login_form() -> HttpResponse {
    page(credentials_form(None))
}

#[post("/login")]
async fn login(session: Session, form: Form<Credentials>) -> Result<HttpResponse> {
    let Credentials { name, password } = form.into_inner();
    // Before this belongs a throttle: so many failures an hour for each account and each address,
    // counted in the database, as there may be several servers. It slows a guesser down without
    // locking the owner out, as a fixed limit for the account alone would.
    let Some(user) = users::authenticate(&name, password).await? else {
        // One answer for a wrong name and a wrong password, after the same work. Otherwise this
        // page would tell everybody who has an account.
        return Ok(page(credentials_form(Some("That name and password do not belong together."))));
    };
    // A new id for the cookie, and the old one is dead before the answer goes out. Whoever knew the
    // old one, or planted it in this browser, is not signed in.
    session.login(user.name)?;
    // A redirect, so that "reload" does not send the password again. To a page of ours: an address
    // from the request would let a link to us end at somebody else's.
    Ok(see_other("/"))
}

/// A `POST`: with a `GET`, any page could sign visitors out with an `<img>`.
#[post("/logout")]
async fn logout(session: Session) -> Result<HttpResponse> {
    // The row is deleted. A copy of the cookie, wherever it is, is worth nothing.
    session.logout()?;
    Ok(see_other("/"))
}

/// A session that somebody left open, or stole, is good for reading, but not for taking the account: others than who has
/// signed in a short while ago are sent to the sign-in.
#[get("/password")]
async fn password_form(_: Recent<RECENT>) -> HttpResponse {
    page(html! {
        form method="post" action="/password" {
            label { "New password " input name="password" type="password" minlength="12" required autocomplete="new-password"; }
            button { "Change it" }
        }
    })
}

#[derive(Deserialize)]
struct NewPassword {
    password: String,
}

/// Asked again here: the form may have been open for hours, or never.
#[post("/password")]
async fn change_password(owner: Recent<RECENT>, form: Form<NewPassword>) -> Result<HttpResponse> {
    if form.password.chars().count() < 12 {
        return Err(error::ErrorUnprocessableEntity("A password has at least twelve characters."));
    }
    // Here an application stores the hash of the new password.
    //
    // People change passwords because somebody else may know the old one, so everybody else who is
    // signed in with it goes, and so does a copy of this session's cookie: it gets a new id.
    owner.devices().end_others().await?;
    // A sign-in whose old password is being checked at this moment comes too late for that. Where that matters, sign in
    // with a version of the password, as `docs/accounts.md` says.
    Ok(see_other("/"))
}

fn credentials_form(error: Option<&str>) -> Markup {
    html! {
        @if let Some(error) = error { p role="alert" { (error) } }
        form method="post" action="/login" {
            label { "Name " input name="name" required autocomplete="username"; }
            label { "Password " input name="password" type="password" required autocomplete="current-password"; }
            button { "Sign in" }
        }
    }
}

fn page(body: Markup) -> HttpResponse {
    let page = html! { (DOCTYPE) html lang="en" { head { title { "Login" } } body { (body) } } };
    HttpResponse::Ok()
        .content_type(ContentType::html())
        // After the sign-out, the "back" button shows nobody's page.
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page.into_string())
}

fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = PostgresStore::connect(&settings::required("DATABASE_URL")?).await?;
    store.migrate().await?;
    let pruner = store.start_pruning();
    let sessions = SessionMiddleware::builder(store, settings::required("SESSION_SECRET")?)
        .secure(Secure::Auto) // for http on this machine; leave it out behind TLS
        .sign_in_at("/login") // who is not let in, or not lately signed in
        .build()?;
    for user in &users::USERS {
        println!("{}: {}", user.name, user.shown_password);
    }
    HttpServer::new(move || {
        App::new()
            .service((home, login_form, login, logout, password_form, change_password))
            .wrap(sessions.clone())
            .wrap(from_fn(same_origin))
    })
    .bind(("127.0.0.1", 8080))?
    .run()
    .await?;
    pruner.stop().await;
    Ok(())
}
