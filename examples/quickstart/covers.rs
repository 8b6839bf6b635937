//! Book covers, drawn. They need no image files, and so no exception in the content policy.

use maud::{Markup, html};

use crate::books::Book;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Motif {
    Moon,
    Dunes,
    Lighthouse,
    Waves,
    Fog,
    Knot,
    Islands,
    Leaves,
}

/// A cover. The title stands beside it as text, so readers of screens may pass it by.
pub(crate) fn cover(book: &Book) -> Markup {
    let (paper, ink) = book.motif.colours();
    html! {
        svg.cover viewBox="0 0 200 280" aria-hidden="true" focusable="false" {
            rect width="200" height="280" fill=(paper) {}
            (picture(book.motif))
            g fill=(ink) font-family="Georgia, 'Times New Roman', serif" {
                @for (line, y) in lines(book.title).iter().zip([42, 66, 90]) {
                    text x="20" y=(y) font-size="19" font-weight="700" { (line) }
                }
                text x="20" y="262" font-size="11" letter-spacing="1.4" { (book.author.to_uppercase()) }
            }
            rect width="7" height="280" fill="#000" opacity=".14" {}
        }
    }
}

impl Motif {
    /// The paper, and the ink of the lettering.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Moon => ("#16274a", "#f4e7c5"),
            Self::Dunes => ("#efc58f", "#6d2f1c"),
            Self::Lighthouse => ("#d9574a", "#fff3e2"),
            Self::Waves => ("#dcebe9", "#14545c"),
            Self::Fog => ("#8d9aa5", "#ffffff"),
            Self::Knot => ("#f2e6d0", "#223a5e"),
            Self::Islands => ("#8fc7c1", "#173f45"),
            Self::Leaves => ("#24503f", "#f1ead2"),
        }
    }
}

fn picture(motif: Motif) -> Markup {
    match motif {
        Motif::Moon => html! {
            circle cx="138" cy="132" r="30" fill="#f4e7c5" {}
            circle cx="126" cy="124" r="27" fill="#16274a" {}
            path d="M0 204h200v76H0z" fill="#0d1a35" {}
            path d="M44 196h104l-14 20H58z" fill="#c8553d" {}
            path d="M66 180h56v16H66zM84 164h12v16H84z" fill="#f4e7c5" {}
            path d="M0 224q25-9 50 0t50 0 50 0 50 0M0 240q25-9 50 0t50 0 50 0 50 0" fill="none" stroke="#3d5a92" stroke-width="2" {}
        },
        Motif::Dunes => html! {
            circle cx="142" cy="128" r="24" fill="#fbeed3" {}
            path d="M0 182q52-46 108-8t92-14v120H0z" fill="#d98f55" {}
            path d="M0 214q60-36 118-4t82-8v78H0z" fill="#bd6a3c" {}
            path d="M30 280q30-42 78-50t52-42" fill="none" stroke="#fbeed3" stroke-width="3" stroke-dasharray="2 8" stroke-linecap="round" {}
            path d="M0 246h200v34H0z" fill="#efc58f" {}
        },
        Motif::Lighthouse => html! {
            path d="M108 138L200 104v66z" fill="#f7b267" opacity=".85" {}
            path d="M84 232l8-86h22l8 86z" fill="#fff3e2" {}
            path d="M88.5 190l2-20h25l2 20z" fill="#263a5c" {}
            path d="M90 128h26v18H90zM86 128l17-16 17 16z" fill="#263a5c" {}
            path d="M0 226q50-16 100 0t100 0v54H0z" fill="#263a5c" {}
        },
        Motif::Waves => html! {
            @for (y, colour) in [(138, "#9ccbc8"), (162, "#6fb0b1"), (186, "#43909a"), (210, "#256f7b"), (234, "#14545c")] {
                path d=(format!("M0 {y}q25-22 50 0t50 0 50 0 50 0V280H0z")) fill=(colour) {}
            }
            // The author's name stands on the water.
            rect x="0" y="244" width="200" height="36" fill="#dcebe9" {}
        },
        Motif::Fog => html! {
            path d="M30 216l34-66 20 34 26-54 50 86z" fill="#5c6b78" {}
            g stroke="#ffffff" stroke-width="11" stroke-linecap="round" {
                path d="M24 138h86" opacity=".35" {}
                path d="M70 160h106" opacity=".55" {}
                path d="M18 182h92M136 182h40" opacity=".75" {}
                path d="M42 204h126" opacity=".9" {}
                path d="M22 226h60M106 226h58" opacity=".6" {}
            }
        },
        Motif::Knot => html! {
            g fill="none" stroke-linecap="round" {
                path d="M30 214C70 214 66 128 106 128s40 60 0 60-44-60-6-60 42 86 76 86" stroke="#223a5e" stroke-width="15" {}
                path d="M30 214C70 214 66 128 106 128s40 60 0 60-44-60-6-60 42 86 76 86" stroke="#d8a657" stroke-width="10" {}
                path d="M30 214C70 214 66 128 106 128s40 60 0 60-44-60-6-60 42 86 76 86" stroke="#f2e6d0" stroke-width="1.5" stroke-dasharray="4 5" {}
            }
        },
        Motif::Islands => html! {
            path d="M52 160q-6-30 24-32t44 14 26 38-34 34-50-12-10-42z" fill="#f2e3bd" stroke="#173f45" stroke-width="2" {}
            path d="M132 226q4-16 22-12t10 20-20 8-12-16z" fill="#f2e3bd" stroke="#173f45" stroke-width="2" {}
            g fill="#173f45" {
                circle cx="98" cy="180" r="9" {}
                circle cx="85" cy="166" r="4" {} circle cx="94" cy="161" r="4" {}
                circle cx="104" cy="162" r="4" {} circle cx="112" cy="168" r="4" {}
            }
            path d="M24 226l18-18M24 208l18 18" stroke="#d9574a" stroke-width="4" stroke-linecap="round" {}
        },
        Motif::Leaves => html! {
            path d="M100 240V132" stroke="#f1ead2" stroke-width="3" {}
            g fill="#7fb08a" {
                path d="M100 176q-46-4-54-44 48-2 54 44z" {}
                path d="M100 214q-44 2-58-34 44-8 58 34z" fill="#5c9470" {}
                path d="M100 196q44-6 52-46-46 0-52 46z" fill="#a5c9a0" {}
                path d="M100 232q42 0 56-32-44-8-56 32z" {}
            }
            circle cx="100" cy="126" r="7" fill="#d9574a" {}
        },
    }
}

/// Breaks a title into lines that fit a cover.
fn lines(title: &str) -> Vec<String> {
    const WIDTH: usize = 13;
    let mut lines: Vec<String> = Vec::new();
    for word in title.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
