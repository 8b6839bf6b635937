//! What the shop has, from a file that both counters read.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Book {
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) pence: u32,
}

pub(crate) static BOOKS: LazyLock<Vec<Book>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("books.json")).expect("books.json is a list of books")
});

pub(crate) fn by_slug(slug: &str) -> Option<&'static Book> {
    BOOKS.iter().find(|book| book.slug == slug)
}

pub(crate) fn pounds(pence: u32) -> String {
    format!("£{}.{:02}", pence / 100, pence % 100)
}
