//! Lines of the application's own table, and the values that were to be stored together with them. I8.

use std::collections::HashMap;

use super::life::sorted;
use super::registers::NAMES;
use super::world::World;
use super::{Invariant, Violation};
use crate::history::{Call, EventNo, Outcome};

pub(super) fn check(world: &World<'_>, violations: &mut Vec<Violation>) {
    let Some(lines) = &world.history.lines else { return };
    let mut seen: HashMap<EventNo, EventNo> = HashMap::new();
    for sight in &world.sights {
        let values = sight.seen.into_iter().flat_map(|seen| &seen.values);
        for (_, value) in values.filter(|(name, _)| NAMES.contains(&name.as_str())) {
            seen.entry(*value as EventNo).or_insert(sight.event.no);
        }
    }
    let mut wrong = |sentence: String, events: Vec<EventNo>| {
        violations.push(Violation { invariant: Invariant::I8, sentence, events: sorted(events) });
    };
    for event in &world.history.events {
        if !matches!(event.call, Call::SetWithLine(_)) {
            continue;
        }
        let no = event.no;
        match (lines.contains(&no), seen.get(&no)) {
            (false, _) if event.has_written() => {
                wrong(format!("{no} was acknowledged, and has left no line"), vec![no]);
            }
            (false, Some(sight)) => {
                wrong(format!("the value of {no} was seen, and its line is not there"), vec![no, *sight]);
            }
            (true, _) if is_undone(&event.outcome) || (event.meant_to_write() && !event.has_written()) => {
                wrong(format!("{no} was refused, and has left a line"), vec![no]);
            }
            _ => {}
        }
    }
    for no in lines {
        let event = world.history.events.get(*no);
        if !event.is_some_and(|event| matches!(event.call, Call::SetWithLine(_))) {
            wrong(format!("there is a line of {no}, which was to leave none"), vec![]);
        }
    }
}

fn is_undone(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused | Outcome::Undone(_))
}
