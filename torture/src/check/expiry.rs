//! Nobody lives longer than they may. I5.

use std::collections::HashMap;

use super::deaths::SLACK;
use super::life::sorted;
use super::world::{Session, SessionNo, Sight, World};
use super::{Invariant, Violation};
use crate::history::{Micros, Outcome};

/// An operation that nobody answered is carried out by then, or not at all: every limit on statements is shorter.
const LATEST: Micros = 60_000_000;
/// The table's times come through a floating-point number.
const ROUNDING: u64 = 20;

pub(super) fn check(world: &World<'_>, violations: &mut Vec<Violation>) {
    let mut deadlines: HashMap<SessionNo, &Sight<'_>> = HashMap::new();
    for sight in &world.sights {
        let session = &world.sessions[&sight.session];
        let mut wrong = |sentence: String, events: Vec<usize>| {
            let events = sorted([&[session.uses[0], sight.event.no], &events[..]].concat());
            violations.push(Violation { invariant: Invariant::I5, sentence, events });
        };
        let asked = sight.event.begin;
        let since_birth = asked.saturating_sub(session.end);
        if since_birth > world.rules.absolute + SLACK {
            wrong(
                format!(
                    "session {} lived {} too long",
                    sight.session,
                    over(since_birth, world.rules.absolute)
                ),
                Vec::new(),
            );
        }
        let (last, by) = last_use(world, session, sight);
        let unused = asked.saturating_sub(last);
        if unused > world.rules.idle + SLACK {
            let sentence = format!(
                "session {} lived on {} after its idle time",
                sight.session,
                over(unused, world.rules.idle)
            );
            wrong(sentence, vec![by]);
        }
        let Some(seen) = sight.seen else { continue };
        // Worked out from the time at which the statement began, of a row that may have been used since.
        let took = sight.event.end - sight.event.begin;
        if sight.is_fresh && seen.remaining > world.rules.idle + took + SLACK {
            wrong(
                format!("session {} has {} left", sight.session, crate::report::duration(seen.remaining)),
                Vec::new(),
            );
        }
        let known = deadlines.entry(sight.session).or_insert(sight);
        let deadline = known.seen.map_or(0, |seen| seen.deadline);
        if deadline.abs_diff(seen.deadline) > ROUNDING {
            wrong(format!("the deadline of session {} has moved", sight.session), vec![known.event.no]);
        }
    }
}

fn over(time: Micros, limit: Micros) -> String {
    crate::report::duration(time - limit)
}

/// When the session was used for the last time before this, at the latest, and by what.
fn last_use(world: &World<'_>, session: &Session, sight: &Sight<'_>) -> (Micros, usize) {
    let uses = session.uses.iter().map(|no| world.event(*no));
    let before = uses.filter(|event| event.begin < sight.event.begin && event.no != sight.event.no);
    let ends = before.filter_map(|event| match event.outcome {
        Outcome::Refused => None,
        Outcome::Unknown(_) => Some((event.begin + LATEST, event.no)),
        _ => Some((event.end, event.no)),
    });
    let birth = (session.end, session.uses[0]);
    ends.max().unwrap_or(birth).max(birth)
}
