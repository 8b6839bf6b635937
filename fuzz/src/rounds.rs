//! Many inputs, one after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::mutate::Maker;
use crate::{Target, corpus};

/// How far to go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// At most so many inputs.
    pub executions: u64,
    /// At most so long.
    pub time: Duration,
}

/// How it went.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Inputs that were tried.
    pub executions: u64,
    /// How long that took.
    pub time: Duration,
    /// The input that did it, and what the panic said.
    pub finding: Option<(Vec<u8>, String)>,
}

/// What is done with an input before it is tried.
pub type Each = fn(&[u8]);

/// What the threads of a server have, so that what exhausts it there does so here.
const STACK: usize = 2 << 20;

/// Tries variations of a target's corpus, as a seed makes them, until one finds something.
///
/// # Panics
///
/// When there is no thread to be had.
#[must_use]
pub fn run(target: &'static Target, seed: u64, limits: Limits, each: Each) -> Outcome {
    let work = move || rounds(target, seed, limits, each);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread.expect("a thread").join().expect("panics were caught")
}

fn rounds(target: &Target, seed: u64, limits: Limits, each: Each) -> Outcome {
    let corpus: Vec<_> = corpus::of(target.name).into_iter().map(|(_, input)| input).collect();
    let mut maker = Maker::new(seed, &corpus, target.tokens);
    let (begin, mut input, mut outcome) = (Instant::now(), Vec::new(), Outcome::default());
    while outcome.executions < limits.executions {
        // The clock is looked at now and then only: some targets take less time than that does.
        if outcome.executions.is_multiple_of(64) && begin.elapsed() >= limits.time {
            break;
        }
        maker.next(&mut input);
        each(&input);
        outcome.executions += 1;
        if let Err(words) = attempt(target, &input) {
            outcome.finding = Some((std::mem::take(&mut input), words));
            break;
        }
    }
    outcome.time = begin.elapsed();
    outcome
}

/// One input.
///
/// # Errors
///
/// What the panic said, if there was one.
pub fn attempt(target: &Target, input: &[u8]) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| (target.run)(input))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}
