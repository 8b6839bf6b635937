//! The catalogue and the cart.

use actix_pg_session::{Session, Typed};
use actix_web::web::{Data, Form};
use actix_web::{HttpResponse, Result, error};
use maud::{Markup, html};
use serde::Deserialize;
use sqlx::PgPool;

use crate::books::{self, BOOKS, Book};
use crate::cart::Cart;
use crate::covers::cover;
use crate::page::{Page, leave_notice, see_other};
use crate::words::{counted, pounds};

#[derive(Deserialize)]
pub(crate) struct Choice {
    book: String,
}

#[derive(Deserialize)]
pub(crate) struct Copies {
    book: String,
    copies: u8,
}

/// Forms name a book by its slug, and forms can be made by hand.
fn chosen(slug: &str) -> Result<&'static Book> {
    books::by_slug(slug).ok_or_else(|| error::ErrorNotFound("There is no such book."))
}

pub(crate) async fn catalogue(session: Session, pool: Data<PgPool>) -> Result<HttpResponse> {
    let main = html! {
        div.hero {
            h1 { "Books worth missing a boat for" }
            p { "Eight of them, picked by people who live where the road ends." }
        }
        ul.shelf {
            @for book in &BOOKS { li.book #(book.slug) { (shelf_place(book)) } }
        }
    };
    Page::new("Books", main).show(&session, &pool).await
}

fn shelf_place(book: &Book) -> Markup {
    html! {
        (cover(book))
        div.about {
            h2 { (book.title) }
            p.author { (book.author) }
            p.blurb { (book.blurb) }
            form.buy method="post" action="/cart/add" {
                span.price { (pounds(book.pence)) }
                input type="hidden" name="book" value=(book.slug);
                button { "Add to cart" span.unseen { ": " (book.title) } }
            }
        }
    }
}

/// `update` and not `get` and `insert`: of two clicks at once, on two servers, neither is lost.
pub(crate) async fn add(cart: Typed<Cart>, form: Form<Choice>) -> Result<HttpResponse> {
    let book = chosen(&form.book)?;
    cart.update(|cart| cart.add(book))?;
    leave_notice(cart.session(), format!("{} is in your cart.", book.title))?;
    Ok(see_other(&format!("/#{}", book.slug)))
}

/// Sets a number rather than adding to one, so that a form sent twice does no harm.
pub(crate) async fn set(cart: Typed<Cart>, form: Form<Copies>) -> Result<HttpResponse> {
    let (book, copies) = (chosen(&form.book)?, form.copies);
    cart.update(move |cart| cart.set(book, copies))?;
    if copies == 0 {
        leave_notice(cart.session(), format!("{} is back on the shelf.", book.title))?;
    }
    Ok(see_other("/cart"))
}

pub(crate) async fn cart(cart: Typed<Cart>, pool: Data<PgPool>) -> Result<HttpResponse> {
    let (session, cart) = (cart.session(), cart.get()?);
    let main = html! {
        h1 { "Your cart" }
        @if cart.count() == 0 {
            p { "There is nothing in it yet. " a href="/" { "Have a look around." } }
        } @else {
            ul.lines {
                @for (book, copies) in cart.lines() { li { (line(book, copies)) } }
            }
            div.total {
                p { (counted(cart.count(), "book")) }
                p.price { (pounds(cart.pence())) }
            }
            p.small {
                @if session.owner().is_none() {
                    "You need not sign in to keep this cart. If you do, it comes with you."
                } @else {
                    "It stays with you until you sign out."
                }
            }
        }
    };
    Page::new("Cart", main).show(session, &pool).await
}

fn line(book: &Book, copies: u8) -> Markup {
    let button = |copies: u8, class: &str, label: &str, sign: &str, usable: bool| {
        html! {
            button.(class) name="copies" value=(copies) disabled[!usable] aria-label=(format!("{label}: {}", book.title)) {
                (sign)
            }
        }
    };
    html! {
        (cover(book))
        div.about {
            div.head {
                h2 { (book.title) }
                p.price { (pounds(book.pence * u32::from(copies))) }
            }
            p.author { (book.author) }
            form.copies method="post" action="/cart/set" {
                input type="hidden" name="book" value=(book.slug);
                (button(copies.saturating_sub(1), "step", "One fewer", "−", copies > 1))
                output aria-label=(format!("Copies of {}", book.title)) { (copies) }
                (button(copies.saturating_add(1), "step", "One more", "+", copies < Cart::MOST_COPIES))
                (button(0, "quiet", "Remove", "Remove", true))
            }
        }
    }
}
