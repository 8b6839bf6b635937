//! The page of either counter, and what it has to say.

use super::Counter::{self, Actix, Express};
use super::cookie::Cookie;
use super::visitor::Reply;

/// What a visitor reads on the page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) user: Option<String>,
    /// Books, and the counters at which they were added.
    pub(crate) cart: Vec<(String, String)>,
    pub(crate) cookie: Option<Cookie>,
}

impl Page {
    pub(crate) fn of(counter: Counter, reply: Reply) -> Self {
        let html = reply.body;
        assert_eq!(between(&html, "<strong>", "</strong>"), [name(counter)], "who answered");
        let books = between(&html, "data-book=\"", "\"");
        let counters = between(&html, "data-at=\"", "\"");
        assert_eq!(books.len(), counters.len());
        let owned = |(book, at): (&str, &str)| (book.to_owned(), at.to_owned());
        Self {
            user: between(&html, "<span id=\"user\">", "</span>").first().map(|&user| user.to_owned()),
            cart: books.into_iter().zip(counters).map(owned).collect(),
            cookie: reply.cookie,
        }
    }
}

/// What the page calls a counter.
pub(crate) fn name(counter: Counter) -> &'static str {
    match counter {
        Express => "Express 5",
        Actix => "actix-web",
    }
}

/// Every text that stands between `start` and the `end` that follows it.
fn between<'a>(html: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    html.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}
