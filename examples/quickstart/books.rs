//! What the shop has. A real one asks its database.

use crate::covers::Motif;

#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) slug: &'static str,
    pub(crate) title: &'static str,
    pub(crate) author: &'static str,
    pub(crate) blurb: &'static str,
    pub(crate) pence: u32,
    pub(crate) motif: Motif,
}

pub(crate) fn by_slug(slug: &str) -> Option<&'static Book> {
    BOOKS.iter().find(|book| book.slug == slug)
}

pub(crate) static BOOKS: [Book; 8] = [
    Book {
        slug: "night-ferry",
        title: "Night Ferry",
        author: "Mila Sorensen",
        blurb: "Eleven strangers, one crossing, and nobody who admits to being awake.",
        pence: 1299,
        motif: Motif::Moon,
    },
    Book {
        slug: "the-salt-road",
        title: "The Salt Road",
        author: "Adam Quill",
        blurb: "On foot along the old trade route, with a mule of firm opinions.",
        pence: 1050,
        motif: Motif::Dunes,
    },
    Book {
        slug: "letters-to-a-lighthouse",
        title: "Letters to a Lighthouse",
        author: "Tomas Vane",
        blurb: "A keeper retires. The post keeps coming.",
        pence: 999,
        motif: Motif::Lighthouse,
    },
    Book {
        slug: "slack-water",
        title: "Slack Water",
        author: "Ruth Okafor",
        blurb: "Poems for the twenty minutes in which the tide makes up its mind.",
        pence: 850,
        motif: Motif::Waves,
    },
    Book {
        slug: "a-field-guide-to-fog",
        title: "A Field Guide to Fog",
        author: "Inge Marlow",
        blurb: "Forty kinds, how to tell them apart, and what to do until they lift.",
        pence: 1475,
        motif: Motif::Fog,
    },
    Book {
        slug: "knots-for-beginners",
        title: "Knots for Beginners",
        author: "P. L. Anders",
        blurb: "Everything that a rope would like you to know.",
        pence: 725,
        motif: Motif::Knot,
    },
    Book {
        slug: "the-cartographers-cat",
        title: "The Cartographer\u{2019}s Cat",
        author: "June Hayashi",
        blurb: "For ages six and up: who really drew the coast, and with which paw.",
        pence: 899,
        motif: Motif::Islands,
    },
    Book {
        slug: "winter-gardens",
        title: "Winter Gardens",
        author: "Elias Brandt",
        blurb: "What grows by the sea when everyone has gone home.",
        pence: 1625,
        motif: Motif::Leaves,
    },
];
