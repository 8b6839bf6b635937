//! Steps of a counter: none is lost, none is made twice. I2.

use std::collections::HashMap;

use super::life::sorted;
use super::world::{SessionNo, World};
use super::{Invariant, Violation};
use crate::history::{Call, Event};

pub(super) fn check(world: &World<'_>, violations: &mut Vec<Violation>) {
    let mut steps: HashMap<SessionNo, Vec<&Event>> = HashMap::new();
    for event in world.history.events.iter().filter(|event| event.call == Call::Count) {
        if let Some(session) = event.cookie.and_then(|cookie| world.of_cookie[cookie]) {
            steps.entry(world.sessions[&session].line).or_default().push(event);
        }
    }
    for sight in &world.sights {
        let Some(seen) = sight.seen else { continue };
        let line = world.sessions[&sight.session].line;
        let n = seen.values.get("n").copied().unwrap_or_default();
        let steps = steps.get(&line).map(Vec::as_slice).unwrap_or_default();
        let certain = steps.iter().filter(|step| {
            step.has_written() && step.no != sight.event.no && world.is_known(step, step.end, true, sight)
        });
        let possible = steps.iter().filter(|step| {
            let may = step.has_written() || step.outcome.is_unknown();
            may && step.no != sight.event.no && step.begin < sight.event.end
        });
        let (least, most) = (certain.clone().count() as u64, possible.clone().count() as u64);
        if n < least || n > most {
            // The latest steps are those that are missing, most likely.
            let mut events: Vec<usize> = if n < least {
                certain.map(|step| step.no).collect()
            } else {
                possible.map(|step| step.no).collect()
            };
            let left_out = events.len().saturating_sub(8);
            events.drain(..left_out);
            events.push(sight.event.no);
            violations.push(Violation {
                invariant: Invariant::I2,
                sentence: format!(
                    "the counter of session {line} was seen as {n}, and is {least} to {most}{}",
                    match left_out {
                        0 => String::new(),
                        more => format!(" ({more} earlier steps are not shown)"),
                    }
                ),
                events: sorted(events),
            });
        }
    }
}
