//! A cookie's value: it is believed if it is, to the letter, what one of our secrets makes of its id.

use std::sync::LazyLock;

use actix_pg_session::fuzz_internals::Keys;

use super::Target;
use super::signed::{self, SECRETS, TOKENS};

pub(super) const TARGET: Target = Target { name: "signature", tokens: TOKENS, run };

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::new(&SECRETS));

fn run(input: &[u8]) {
    let value = signed::fill(input);
    assert_eq!(KEYS.verify(&value), signed::believed(&value));
}
