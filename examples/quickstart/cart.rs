//! The cart: a value of the session, and the rules for it.

use std::collections::BTreeMap;

use actix_pg_session::SessionValue;
use serde::{Deserialize, Serialize};

use crate::books::{self, Book};

/// How many copies of each book, by its slug.
///
/// Prices and titles are not in it. They are the catalogue's, and may change while a cart waits.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Cart {
    copies: BTreeMap<String, u8>,
}

impl SessionValue for Cart {
    const KEY: &'static str = "cart";
}

impl Cart {
    pub(crate) const MOST_COPIES: u8 = 9;

    pub(crate) fn add(&mut self, book: &Book) {
        let copies = self.copies.entry(book.slug.to_owned()).or_default();
        *copies = copies.saturating_add(1).min(Self::MOST_COPIES);
    }

    /// None at all takes the book out.
    pub(crate) fn set(&mut self, book: &Book, copies: u8) {
        if copies == 0 {
            self.copies.remove(book.slug);
        } else {
            self.copies.insert(book.slug.to_owned(), copies.min(Self::MOST_COPIES));
        }
    }

    /// Books that the shop no longer has are passed over.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&'static Book, u8)> {
        self.copies.iter().filter_map(|(slug, copies)| Some((books::by_slug(slug)?, *copies)))
    }

    pub(crate) fn count(&self) -> u32 {
        self.lines().map(|(_, copies)| u32::from(copies)).sum()
    }

    pub(crate) fn pence(&self) -> u32 {
        self.lines().map(|(book, copies)| book.pence * u32::from(copies)).sum()
    }
}
