//! Values that know their type: a `Key` for a single one, `Typed` for a struct of one's own.
//!
//! `DATABASE_URL=postgres://… SESSION_SECRET=$(openssl rand -base64 48) cargo run --example typed`
//!
//! ```text
//! curl -b jar -c jar http://127.0.0.1:8080/
//! curl -b jar -c jar -H "Origin: http://127.0.0.1:8080" -d what=hat http://127.0.0.1:8080/cart
//! curl -b jar -c jar -H "Origin: http://127.0.0.1:8080" -d code=fr http://127.0.0.1:8080/language
//! ```

#[path = "common/settings.rs"]
mod settings;

use std::collections::BTreeMap;

use actix_pg_session::{
    Key, PostgresStore, Secure, Session, SessionMiddleware, SessionValue, Typed, same_origin,
};
use actix_web::middleware::from_fn;
use actix_web::web::Form;
use actix_web::{App, HttpResponse, HttpServer, Result, get, post};
use serde::{Deserialize, Serialize};

/// Said once; no handler can store a number under this name, or read one.
const LANGUAGE: Key<Language> = Key::new("language");

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Language {
    #[default]
    En,
    Fr,
}

/// A struct that is a handler's argument, as `Typed<Cart>`. In the row it is readable JSON:
/// `select data -> 'cart' from active_sessions`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cart {
    pieces: BTreeMap<String, u32>,
    // A field that was added later, with sessions about that do not have it.
    #[serde(default)]
    voucher: Option<String>,
}

impl SessionValue for Cart {
    const KEY: &'static str = "cart";
}

#[derive(Deserialize)]
struct Piece {
    what: String,
}

#[derive(Deserialize)]
struct Choice {
    code: Language,
}

#[post("/cart")]
async fn add(cart: Typed<Cart>, form: Form<Piece>) -> Result<HttpResponse> {
    let Piece { what } = form.into_inner();
    // Runs again, on the fresh cart, if another request was faster. So two tabs lose nothing.
    cart.update(move |cart| *cart.pieces.entry(what.clone()).or_default() += 1)?;
    Ok(HttpResponse::Ok().body(format!("{:?}\n", cart.get()?)))
}

#[post("/language")]
async fn choose(session: Session, form: Form<Choice>) -> Result<HttpResponse> {
    // The last word counts, so `insert`. The cart is another value and not touched.
    session.insert(LANGUAGE, form.code)?;
    Ok(HttpResponse::Ok().finish())
}

/// Several of them side by side are still one query.
#[get("/")]
async fn show(session: Session, cart: Typed<Cart>) -> Result<HttpResponse> {
    let pieces: u32 = cart.get()?.pieces.values().sum();
    Ok(HttpResponse::Ok().body(match session.get(LANGUAGE)?.unwrap_or_default() {
        Language::En => format!("In the cart: {pieces}\n"),
        Language::Fr => format!("Dans le panier\u{a0}: {pieces}\n"),
    }))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = PostgresStore::connect(&settings::required("DATABASE_URL")?).await?;
    store.migrate().await?;
    let pruner = store.start_pruning();
    let sessions = SessionMiddleware::builder(store, settings::required("SESSION_SECRET")?)
        .secure(Secure::Auto) // for http on this machine; leave it out behind TLS
        .build()?;
    HttpServer::new(move || {
        App::new().service((show, add, choose)).wrap(sessions.clone()).wrap(from_fn(same_origin))
    })
    .bind(("127.0.0.1", 8080))?
    .run()
    .await?;
    pruner.stop().await;
    Ok(())
}
