//! That a forged cookie does not learn by the time in which it is refused how much of its signature is right: it takes
//! as many instructions wherever it is wrong. `./dev bench timing` measures the time itself.

use std::path::Path;

use xtask::valgrind;

const TIMES: u64 = 2_000;

fn instructions(wrong_at: &str) -> u64 {
    let bench = Path::new(env!("CARGO_BIN_EXE_bench"));
    let words = ["refuse", wrong_at, &TIMES.to_string()];
    valgrind::instructions(bench, &words, &[]).expect("valgrind counts")
}

#[test]
fn a_signature_that_is_wrong_near_its_end_takes_no_longer_to_refuse_than_one_that_is_wrong_at_once() {
    valgrind::find_or_install().expect("valgrind");
    let (first, last) = (instructions("first"), instructions("last"));
    // A comparison that stops at the first difference would take some thirty times more steps for the other.
    assert!(first > 1_000 * TIMES, "{TIMES} signatures were looked at, with {first} instructions");
    assert!(first.abs_diff(last) < TIMES, "{first} or {last} instructions for {TIMES} of them");
}
