//! A shorter script that shows the same difference.

use std::mem::discriminant;

use super::compare::Aspect;
use super::options::Options;
use super::pair::{Fault, Pair};
use super::presented::Presented;
use super::script::{Request, Script, Step};

/// How many shorter scripts are tried: most have become small long before.
const ATTEMPTS: usize = 200;

/// Leaves out whatever can be left out without the difference going away, or becoming another one.
pub(crate) async fn shrunk(
    pair: &mut Pair,
    options: &Options,
    script: &Script,
    fault: Fault,
) -> (Script, Fault) {
    let mut script = Script { steps: script.steps[..=fault.step].to_vec() };
    let mut fault = fault;
    // A driver that has gone away shows nothing any more.
    let mut attempts = if fault.aspect() == Aspect::Reply { 0 } else { ATTEMPTS };
    'shorter: loop {
        for mut candidate in shorter(&script) {
            if attempts == 0 {
                break 'shorter;
            }
            attempts -= 1;
            let found = pair.play(&candidate, options).await.fault;
            if let Some(found) = found.filter(|found| is_alike(found, &fault)) {
                candidate.steps.truncate(found.step + 1);
                (script, fault) = (candidate, found);
                continue 'shorter;
            }
        }
        break;
    }
    (script, fault)
}

fn is_alike(one: &Fault, other: &Fault) -> bool {
    discriminant(&one.aspect()) == discriminant(&other.aspect())
}

/// All scripts with one thing less.
fn shorter(script: &Script) -> Vec<Script> {
    let with = |at: usize, steps: &[Step]| {
        let mut all = script.steps.clone();
        all.splice(at..=at, steps.iter().cloned());
        Script { steps: all }
    };
    let mut all: Vec<_> = (0..script.steps.len()).map(|at| with(at, &[])).collect();
    for (at, step) in script.steps.iter().enumerate() {
        if let Step::Ask(request) = step {
            all.extend(simpler(request).into_iter().map(|request| with(at, &[Step::Ask(request)])));
        }
    }
    all
}

fn simpler(request: &Request) -> Vec<Request> {
    let mut all = Vec::new();
    let mut push = |change: &dyn Fn(&mut Request)| {
        let mut simpler = request.clone();
        change(&mut simpler);
        all.push(simpler);
    };
    for op in 0..request.ops.len() {
        push(&|request| {
            request.ops.remove(op);
        });
    }
    if request.cookie != Presented::Own {
        push(&|request| request.cookie = Presented::Own);
    }
    if !request.proto.is_empty() {
        push(&|request| request.proto = &[]);
    }
    all
}
