//! The corpus once more, and some thousand variations of it. Fixed: the same each time.

use std::time::{Duration, Instant};

use fuzz::rounds::{Limits, attempt, run};
use fuzz::{TARGETS, corpus};

/// Variations of each target's corpus.
const VARIATIONS: u64 = 2000;

#[test]
fn nothing_that_found_something_once_does_so_again() {
    let mut findings = Vec::new();
    for target in &TARGETS {
        let inputs = corpus::of(target.name);
        assert!(inputs.len() >= 5, "the corpus of {target:?} is next to nothing");
        for (name, input) in inputs {
            if let Err(words) = attempt(target, &input) {
                findings.push(format!("{target:?}, {name}: {words}"));
            }
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn variations_of_the_corpus_find_nothing() {
    let begin = Instant::now();
    for target in &TARGETS {
        let limits = Limits { executions: VARIATIONS, time: Duration::MAX };
        let outcome = run(target, 1, limits, |_| {});
        if let Some((input, words)) = outcome.finding {
            panic!("{target:?}: {words}\n{:?}", String::from_utf8_lossy(&input));
        }
        println!("{target:?}: {} variations in {:.1} s", outcome.executions, outcome.time.as_secs_f64());
    }
    println!("{:.1} s in all", begin.elapsed().as_secs_f64());
}
