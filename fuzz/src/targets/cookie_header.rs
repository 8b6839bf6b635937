//! `Cookie` lines: whatever stands there, the ids that are looked up are those that our secrets have signed.

use std::sync::LazyLock;

use actix_pg_session::fuzz_internals::{Arrived, Reader};

use super::Target;
use super::signed::{self, SECRETS, TOKENS};
use crate::{input, naive};

pub(super) const TARGET: Target = Target { name: "cookie_header", tokens: TOKENS, run };

static READER: LazyLock<Reader> =
    LazyLock::new(|| Reader::new(&SECRETS).expect("the secrets are long enough"));

/// How many ids of one request are looked up.
const MOST: usize = 4;

/// A line of the input is a line of the request.
fn run(input: &[u8]) {
    let filled = signed::fill(input);
    let lines: Vec<_> = input::lines(&filled).collect();
    assert_eq!(READER.read(&lines), expected(&lines));
}

pub(super) fn expected(lines: &[&[u8]]) -> Arrived {
    let values = naive::cookies(lines, "sid");
    let mut ids: Vec<(String, bool)> = Vec::new();
    for believed in values.iter().filter_map(|value| signed::believed(value)) {
        if ids.len() < MOST && !ids.iter().any(|(id, _)| *id == believed.0) {
            ids.push(believed);
        }
    }
    Arrived { ids, presented: !values.is_empty() }
}
