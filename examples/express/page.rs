//! The one page. `page.js` draws the same for the other counter.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, html};

use crate::books::{BOOKS, Book, pounds};
use crate::users::USERS;

pub(crate) const HERE: &str = "actix-web";
const THERE: &str = "Express 5";

/// What the page shows.
pub(crate) struct Page<'a> {
    /// The address of the other counter.
    pub(crate) other: &'a str,
    pub(crate) user: Option<String>,
    /// The cart: books, and the counters at which they got there.
    pub(crate) lines: Vec<(&'static Book, String)>,
    /// All that is in the session, as JSON texts.
    pub(crate) values: BTreeMap<String, String>,
    /// The name of a sign-in that failed.
    pub(crate) failed_name: Option<&'a str>,
}

fn counters(other: &str) -> Markup {
    html! {
        div.counter {
            p.answer { "answered by " strong { (HERE) } }
            a.switch href=(format!("{other}/")) { "Ask " (THERE) " " span aria-hidden="true" { "→" } }
        }
    }
}

fn shelf() -> Markup {
    html! {
        section.shelf aria-labelledby="books" {
            h2 #books { "Books" }
            ul {
                @for book in BOOKS.iter() {
                    li {
                        div {
                            h3 { (book.title) }
                            p.author { (book.author) }
                        }
                        form method="post" action="/cart" {
                            span.price { (pounds(book.pence)) }
                            input type="hidden" name="book" value=(book.slug);
                            button { "Add" span.unseen { ": " (book.title) } }
                        }
                    }
                }
            }
        }
    }
}

fn someone(user: &str) -> Markup {
    html! {
        section.card aria-labelledby="you" {
            h2 #you { "You are " span #user { (user) } }
            form.line method="post" action="/logout" {
                p.small { "At both counters. The sign-out is for both, too." }
                button.quiet { "Sign out" }
            }
        }
    }
}

fn stranger(failed_name: Option<&str>) -> Markup {
    html! {
        section.card aria-labelledby="you" {
            h2 #you { "Sign in" }
            @if failed_name.is_some() {
                p.error role="alert" { "That name and password do not belong together." }
            }
            form.fields method="post" action="/login" {
                label for="name" { "Name" }
                input #name name="name" value=(failed_name.unwrap_or_default()) required maxlength="100"
                    autocomplete="username" autocapitalize="none" spellcheck="false";
                label for="password" { "Password" }
                input #password name="password" type="password" required maxlength="200"
                    autocomplete="current-password";
                button { "Sign in" }
            }
            p.small { "This is a demonstration, so here is who you can be:" }
            dl {
                @for user in &USERS {
                    dt { (user.name) }
                    dd { code { (user.shown_password) } }
                }
            }
        }
    }
}

fn cart(lines: &[(&Book, String)]) -> Markup {
    html! {
        section.card.cart aria-labelledby="cart" {
            h2 #cart { "Your cart" }
            @if lines.is_empty() {
                p.small { "Nothing in it yet." }
            } @else {
                ul {
                    @for (book, at) in lines {
                        li data-book=(book.slug) {
                            span { (book.title) " " span.at data-at=(at) { "added at " (at) } }
                            span.price { (pounds(book.pence)) }
                        }
                    }
                }
                form.line method="post" action="/cart/empty" {
                    p.price { (pounds(lines.iter().map(|(book, _)| book.pence).sum())) }
                    button.quiet { "Empty it" }
                }
            }
        }
    }
}

fn insight(values: &BTreeMap<String, String>) -> Markup {
    html! {
        section.glass aria-labelledby="insight" {
            h2 #insight { "What " (HERE) " finds in the session" }
            @if values.is_empty() {
                p { "Nothing yet, so there is no row." }
            } @else {
                dl {
                    @for (name, value) in values {
                        dt { (name) }
                        dd { (value) }
                    }
                }
            }
            p.small {
                "The cookie " code { "connect.sid" } " names one row of the table " code { "session" }
                ". express-session and actix-pg-session both read it, and both write it."
            }
        }
    }
}

/// All of it.
pub(crate) fn markup(page: &Page<'_>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Harbour Books, answered by " (HERE) }
                link rel="stylesheet" href="/style.css";
                link rel="icon" href="/icon.svg" type="image/svg+xml";
            }
            body.actix {
                header {
                    h1 { "Harbour Books" }
                    (counters(page.other))
                }
                main {
                    (shelf())
                    div.side {
                        @match &page.user {
                            Some(user) => (someone(user)),
                            None => (stranger(page.failed_name)),
                        }
                        (cart(&page.lines))
                    }
                    (insight(&page.values))
                }
            }
        }
    }
}
