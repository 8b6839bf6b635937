//! Tokens against forged requests: one of another session, or one that is written otherwise, is none.

use std::sync::LazyLock;

use actix_pg_session::fuzz_internals::Tokens;

use super::Target;
use super::signed::SECRETS;
use crate::input;
use crate::words::Words;

pub(super) const TARGET: Target = Target {
    name: "csrf_token",
    tokens: &[
        "{zero}", "{ones}", "{some}", "{old}", "{alien}", "{other}", "=", "-", "_", "+", "/", "A", "AAAA",
        "%2B",
    ],
    run,
};

struct Stage {
    tokens: Tokens,
    old: Tokens,
    words: Words,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let (tokens, old) = (Tokens::new(&SECRETS, "the id"), Tokens::new(&SECRETS[1..], "the id"));
    let some = std::array::from_fn(|place| place as u8);
    let mut words = Words::default();
    words.say("zero", tokens.token([0; 32]));
    words.say("ones", tokens.token([0xFF; 32]));
    words.say("some", tokens.token(some));
    words.say("old", old.token(some));
    words.say("alien", Tokens::new(&["somebody else's secret"], "the id").token(some));
    words.say("other", Tokens::new(&SECRETS, "another id").token(some));
    Stage { tokens, old, words }
});

/// Any cover makes a token, so one is told by making it again with the cover that it says it has.
fn run(input: &[u8]) {
    let Stage { tokens, old, words } = &*STAGE;
    let token = input::text(&words.fill(input));
    let again = cover(&token).map(|cover| [tokens.token(cover), old.token(cover)]);
    assert_eq!(tokens.is_one(&token), again.is_some_and(|again| again.contains(&token)), "{token:?}");
}

/// The first 32 of the bytes that a token is written with.
fn cover(token: &str) -> Option<[u8; 32]> {
    const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bits = Vec::new();
    for symbol in token.bytes() {
        let value = SYMBOLS.iter().position(|known| *known == symbol)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1 == 1));
    }
    let bytes = bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit)));
    bytes.take(32).collect::<Vec<u8>>().try_into().ok()
}
