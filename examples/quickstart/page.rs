//! The frame around every page.

use actix_pg_session::{Key, Session, SessionError, SessionValue as _};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType, LOCATION};
use actix_web::{HttpResponse, Result};
use maud::{DOCTYPE, Markup, html};
use sqlx::PgPool;

use crate::cart::Cart;
use crate::row;

/// A sentence for the next page that the visitor sees.
const NOTICE: Key<String> = Key::new("notice");
const CART: Key<Cart> = Key::new(Cart::KEY);

pub(crate) fn leave_notice(session: &Session, sentence: String) -> Result<(), SessionError> {
    session.insert(NOTICE, sentence)
}

/// The answer to every form: go and look. A reload then repeats the page and not the form.
pub(crate) fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
}

pub(crate) struct Page {
    title: &'static str,
    status: StatusCode,
    main: Markup,
}

impl Page {
    pub(crate) fn new(title: &'static str, main: Markup) -> Self {
        Self { title, status: StatusCode::OK, main }
    }

    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(crate) async fn show(self, session: &Session, pool: &PgPool) -> Result<HttpResponse> {
        let frame = Frame {
            notice: session.take(NOTICE)?,
            owner: session.owner(),
            in_cart: session.get(CART)?.unwrap_or_default().count(),
        };
        // Sessions save themselves when the handler returns. This page is about to show the row, so
        // it saves what it changed before.
        session.save().await?;
        let row = row::panel(session, pool).await?;
        Ok(HttpResponse::build(self.status)
            .content_type(ContentType::html())
            // Nobody gets it out of a cache after the sign-out.
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(frame.around(self.title, &self.main, &row).into_string()))
    }
}

/// What the frame knows of the visitor.
struct Frame {
    notice: Option<String>,
    owner: Option<String>,
    in_cart: u32,
}

impl Frame {
    fn around(&self, title: &str, main: &Markup, row: &Markup) -> Markup {
        let link = |path: &str, name: &str, text: &Markup| {
            html! { a href=(path) aria-current=[(name == title).then_some("page")] { (text) } }
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · Harbour Books" }
                    link rel="stylesheet" href="/style.css";
                    link rel="icon" href="/icon.svg" type="image/svg+xml";
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        a.brand href="/" {
                            img src="/icon.svg" width="34" height="34" alt="";
                            span { "Harbour Books" }
                        }
                        nav aria-label="Shop" {
                            (link("/", "Books", &html! { "Books" }))
                            (link("/cart", "Cart", &html! {
                                "Cart"
                                @if self.in_cart > 0 {
                                    " " span.count { (self.in_cart) span.unseen { " in it" } }
                                }
                            }))
                            @match &self.owner {
                                Some(owner) => (link("/account", "Account", &html! { span #owner { (owner) } })),
                                None => (link("/sign-in", "Sign in", &html! { "Sign in" })),
                            }
                        }
                    }
                    @if let Some(notice) = &self.notice {
                        p.notice role="status" { (notice) }
                    }
                    main #main tabindex="-1" { (main) }
                    footer {
                        (row)
                        p.small { "A demonstration of actix-pg-session. Nothing is for sale, and no script runs on these pages." }
                    }
                }
            }
        }
    }
}
