//! What the pages do. `node.js` has the same, in the same order.

use actix_pg_session::{Key, Session};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType, LOCATION};
use actix_web::web::{Data, Form};
use actix_web::{HttpResponse, Result, error};
use serde::{Deserialize, Serialize};

use crate::books::{self, Book};
use crate::page::{self, HERE, Page};
use crate::users;

/// The values of the session. Both counters must mean the same by them: here the compiler sees to
/// it, there whoever writes.
const USER: Key<String> = Key::new("user");
const CART: Key<Vec<Item>> = Key::new("cart");

/// As much as anybody can carry, and a session should hold.
const MOST_IN_CART: usize = 12;

/// A book in the cart, and the counter at which it got there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    book: String,
    at: String,
}

/// The address of the other counter.
pub(crate) struct Other(pub(crate) String);

/// A sign-in, without `Debug`: a password must not get into a log by accident.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

#[derive(Deserialize)]
pub(crate) struct Choice {
    book: String,
}

/// The answer to every form. A reload then repeats the page and not the form. The row is written
/// before the answer is sent, so the page that follows finds it, here or there.
fn see_home() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish()
}

pub(crate) async fn home(session: Session, other: Data<Other>) -> Result<HttpResponse> {
    show(&session, &other, StatusCode::OK, None)
}

fn show(
    session: &Session,
    other: &Other,
    status: StatusCode,
    failed_name: Option<&str>,
) -> Result<HttpResponse> {
    let cart = session.get(CART)?.unwrap_or_default();
    // Books that the shop no longer has are passed over.
    let line = |item: &Item| -> Option<(&'static Book, String)> {
        Some((books::by_slug(&item.book)?, item.at.clone()))
    };
    let page = Page {
        other: &other.0,
        user: session.get(USER)?,
        lines: cart.iter().filter_map(line).collect(),
        values: session.entries(),
        failed_name,
    };
    Ok(HttpResponse::build(status)
        .content_type(ContentType::html())
        // Nobody gets the page out of a cache after the sign-out.
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page::markup(&page).into_string()))
}

pub(crate) async fn login(
    session: Session,
    other: Data<Other>,
    form: Form<Credentials>,
) -> Result<HttpResponse> {
    let Credentials { name, password } = form.into_inner();
    let Some(user) = users::authenticate(&name, password).await? else {
        // The same for a wrong name and a wrong password: we do not tell who has an account.
        return show(&session, &other, StatusCode::UNPROCESSABLE_ENTITY, Some(&name));
    };
    let cart = session.get(CART)?;
    // A new id for the cookie, and the old row is gone: whoever knew the old id, or planted it in
    // this browser, is not signed in. The cart comes along.
    session.regenerate()?;
    session.insert(USER, user.name)?;
    if let Some(cart) = cart {
        session.insert(CART, cart)?;
    }
    Ok(see_home())
}

/// The row is deleted. A copy of the cookie, wherever it is, is worth nothing.
pub(crate) async fn logout(session: Session) -> Result<HttpResponse> {
    session.destroy()?;
    Ok(see_home())
}

pub(crate) async fn add_to_cart(session: Session, form: Form<Choice>) -> Result<HttpResponse> {
    let book = books::by_slug(&form.book).ok_or_else(|| error::ErrorNotFound("There is no such book."))?;
    let item = Item { book: book.slug.clone(), at: HERE.to_owned() };
    // `update_or` and not `get` and `insert`: of two clicks at once neither is lost.
    session.update_or(CART, vec![item.clone()], move |mut cart| {
        cart.push(item.clone());
        cart.drain(..cart.len().saturating_sub(MOST_IN_CART));
        cart
    })?;
    Ok(see_home())
}

pub(crate) async fn empty_cart(session: Session) -> Result<HttpResponse> {
    session.remove(CART.name())?;
    Ok(see_home())
}
