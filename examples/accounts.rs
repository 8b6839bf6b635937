//! People who sign in: where, how often, with which password; and a line for each of it in an audit.
//!
//! `DATABASE_URL=postgres://… SESSION_SECRET=$(openssl rand -base64 48) cargo run --example accounts`
//!
//! `docs/accounts.md` tells why; `examples/login.rs` has the sign-in by itself.

#[path = "common/settings.rs"]
mod settings;

use std::fmt::Display;
use std::time::Duration;

use actix_pg_session::{
    Device, NotSignedIn, PostgresStore, Recent, Secure, Session, SessionMiddleware, SignedIn, WhenFull,
    same_origin,
};
use actix_web::error::ErrorServiceUnavailable;
use actix_web::http::header::{ContentType, LOCATION};
use actix_web::middleware::from_fn;
use actix_web::web::{Data, Form};
use actix_web::{App, Error, HttpResponse, HttpServer, Result, get, post, web};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

/// For how long a password counts as just entered, in seconds.
const RECENT: u64 = 10 * 60;

/// No `Debug`: a password must not get into a log by accident.
#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

#[derive(Deserialize)]
struct Password {
    password: String,
}

#[derive(Deserialize)]
struct Which {
    device: Uuid,
}

#[get("/login")]
async fn login_form() -> HttpResponse {
    page(html! {
        form method="post" action="/login" {
            label { "Name " input name="name" required autocomplete="username"; }
            label { "Password " input name="password" type="password" required autocomplete="current-password"; }
            button { "Sign in" }
        }
    })
}

/// The version of the password is read together with its hash. If the password is changed while this one is
/// being checked, the session that begins here has the old version, and is over at its next use.
#[post("/login")]
async fn login(session: Session, pool: Data<PgPool>, form: Form<Credentials>) -> Result<HttpResponse> {
    let Credentials { name, password } = form.into_inner();
    let Some(version) = authenticate(&pool, &name, password).await? else {
        return Ok(page(html! { p role="alert" { "That name and password do not belong together." } }));
    };
    let transaction = audit(&session, &name, "signed in").await?;
    session.login_with(name, version)?;
    // The session and its line in the audit, or neither. No cookie goes out for what is not there.
    session.commit(transaction).await?;
    Ok(see_other("/"))
}

#[post("/logout")]
async fn logout(owner: SignedIn) -> Result<HttpResponse> {
    let transaction = audit(&owner, owner.owner(), "signed out").await?;
    owner.logout()?;
    owner.commit(transaction).await?;
    Ok(see_other("/login"))
}

/// Where those are sent who are signed in, but not lately: see `main`.
#[get("/confirm")]
async fn confirm_form(owner: SignedIn) -> HttpResponse {
    page(html! {
        p { "Is it still you, " (owner.owner()) "?" }
        form method="post" action="/confirm" {
            label { "Password " input name="password" type="password" required autocomplete="current-password"; }
            button { "It is" }
        }
    })
}

#[post("/confirm")]
async fn confirm(owner: SignedIn, pool: Data<PgPool>, form: Form<Password>) -> Result<HttpResponse> {
    let password = form.into_inner().password;
    let Some(version) = authenticate(&pool, owner.owner(), password).await? else {
        return Ok(page(html! { p role="alert" { "That is not your password." } }));
    };
    owner.reauthenticate_with(version)?;
    Ok(see_other("/"))
}

#[get("/")]
async fn account(owner: SignedIn) -> Result<HttpResponse> {
    let devices = owner.devices().list().await?;
    Ok(page(html! {
        h1 { "Hello " (owner.owner()) }
        h2 { "Signed in on these devices" }
        ul { @for device in &devices { li { (entry(device)) } } }
        form method="post" action="/devices/end-others" { button { "Sign out everywhere else" } }
        form method="post" action="/password" {
            label { "New password " input name="password" type="password" minlength="12" required autocomplete="new-password"; }
            button { "Change it" }
        }
        form method="post" action="/logout" { button { "Sign out" } }
    }))
}

fn entry(device: &Device) -> Markup {
    html! {
        (device.client.user_agent.as_deref().unwrap_or("an unknown browser"))
        ", last used " (device.since_seen.as_secs() / 60) " minutes ago"
        @if device.is_current { " (this one)" } @else {
            form method="post" action="/devices/end" {
                button name="device" value=(device.handle) { "Sign out" }
            }
        }
    }
}

/// Whoever has stolen the session may look, but not sign the owner out (OWASP ASVS 5.0 §7.5.2): so not
/// without the password.
#[post("/devices/end")]
async fn end(owner: Recent<RECENT>, form: Form<Which>) -> Result<HttpResponse> {
    owner.devices().end(form.device).await?;
    Ok(see_other("/"))
}

#[post("/devices/end-others")]
async fn end_others(owner: Recent<RECENT>) -> Result<HttpResponse> {
    owner.devices().end_others().await?;
    Ok(see_other("/"))
}

#[post("/password")]
async fn change_password(owner: Recent<RECENT>, form: Form<Password>) -> Result<HttpResponse> {
    let password = form.into_inner().password;
    if password.chars().count() < 12 {
        return Ok(page(html! { p role="alert" { "A password has at least twelve characters." } }));
    }
    let hash = hash(password).await?;
    let mut transaction = audit(&owner, owner.owner(), "changed the password").await?;
    let version: i32 = sqlx::query_scalar(
        "update example_users set hash = $2, version = version + 1 where name = $1 returning version",
    )
    .bind(owner.owner().to_owned())
    .bind(hash)
    .fetch_one(&mut *transaction)
    .await
    .map_err(trouble)?;
    // This session goes on under the new version, with a new id; all others have the old one, and are over
    // from here on.
    owner.reauthenticate_with(version)?;
    owner.commit(transaction).await?;
    // Which deletes their rows too, instead of waiting until they come.
    owner.devices().end_others().await?;
    Ok(see_other("/"))
}

/// A transaction with a line in the audit.
async fn audit(session: &Session, who: &str, what: &'static str) -> Result<Transaction<'static, Postgres>> {
    let mut transaction = session.begin_transaction().await?;
    let line =
        sqlx::query("insert into example_audit (who, what) values ($1, $2)").bind(who.to_owned()).bind(what);
    line.execute(&mut *transaction).await.map_err(trouble)?;
    Ok(transaction)
}

/// The version of the user's password, if this is it. An unknown name takes as long as a wrong password.
/// Before this belongs a throttle; see `examples/login.rs`.
async fn authenticate(pool: &PgPool, name: &str, password: String) -> Result<Option<i32>> {
    let user: Option<(String, i32)> =
        sqlx::query_as("select hash, version from example_users where name = $1")
            .bind(name.to_owned())
            .fetch_optional(pool)
            .await
            .map_err(trouble)?;
    let (known, version) = user.map_or((NOBODY.to_owned(), None), |(hash, version)| (hash, Some(version)));
    let verify = move || {
        let hash = PasswordHash::new(&known).map_err(|error| error.to_string())?;
        Ok::<_, String>(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    };
    // Slow on purpose, so not on the thread that serves everybody else.
    let is_right = web::block(verify).await?.map_err(trouble)?;
    Ok(version.filter(|_| is_right))
}

/// The hash of a random password that nobody knows.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$WjgkwQ6TKWdoI7G8YqLbOA$HB2npqmFCDTDY/6b0HZIof7g0uYIg4d/Nm08bTx5aCg";

async fn hash(password: String) -> Result<String> {
    let hash = move || {
        let mut salt = [0; 16];
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut salt)
            .map_err(|error| error.to_string())?;
        let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
    };
    web::block(hash).await?.map_err(trouble)
}

fn page(body: Markup) -> HttpResponse {
    let page = html! { (DOCTYPE) html lang="en" { head { title { "Accounts" } } body { (body) } } };
    HttpResponse::Ok().content_type(ContentType::html()).body(page.into_string())
}

fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
}

/// The log learns everything, the visitor that it was us.
fn trouble(error: impl Display) -> Error {
    eprintln!("error: {error}");
    ErrorServiceUnavailable("Please try again in a moment.")
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = PostgresStore::connect(&settings::required("DATABASE_URL")?).await?;
    store.migrate().await?;
    let pool = store.pool().clone();
    sqlx::raw_sql(
        "create table if not exists example_users (name text primary key, hash text not null, version int not null default 1);
         create table if not exists example_audit (at timestamptz not null default now(), who text, what text)",
    )
    .execute(&pool)
    .await?;
    let first = hash("salt and paper".into()).await?;
    sqlx::query("insert into example_users (name, hash) values ('ada', $1) on conflict do nothing")
        .bind(first)
        .execute(&pool)
        .await?;
    println!("ada: salt and paper");

    let (pruner, users) = (store.start_pruning(), pool.clone());
    let sessions = SessionMiddleware::builder(store, settings::required("SESSION_SECRET")?)
        .secure(Secure::Auto) // for http on this machine; leave it out behind TLS
        .sessions_per_owner(3, WhenFull::Evict)
        .on_not_signed_in(|why, _| match why {
            NotSignedIn::Stale { .. } => see_other("/confirm"),
            _ => see_other("/login"),
        })
        .credentials(move |owner| {
            let users = users.clone();
            async move {
                let version = sqlx::query_scalar("select version::text from example_users where name = $1");
                version.bind(owner.to_string()).fetch_optional(&users).await
            }
        })
        .build()?;

    // A listener may be slow or fail; nobody waits for it.
    let mut events = sessions.events();
    let listener = actix_web::rt::spawn(async move {
        while let Some(heard) = events.next().await {
            println!("{heard:?}");
        }
    });

    HttpServer::new(move || {
        App::new()
            .app_data(Data::new(pool.clone()))
            .service((login_form, login, logout, confirm_form, confirm))
            .service((account, end, end_others, change_password))
            .wrap(sessions.clone())
            .wrap(from_fn(same_origin))
    })
    .keep_alive(Duration::from_secs(5))
    .bind(("127.0.0.1", 8080))?
    .run()
    .await?;
    listener.abort();
    pruner.stop().await;
    Ok(())
}
