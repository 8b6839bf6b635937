//! One target, driven by libFuzzer, which sees where the code has been and goes where it has not.
//!
//! `FUZZ_TARGET` names it; everything else is libFuzzer's: `./dev fuzz --guided` knows how.

#![no_main]

use std::sync::LazyLock;

use fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    fuzz::target(&name).expect("FUZZ_TARGET is one of the targets")
});

fuzz_target!(|input: &[u8]| (TARGET.run)(input));
