//! Values: each name is a register. I2, I3 and I8.
//!
//! Each write writes another value, so whoever reads says which write they saw. A value must not be seen once another
//! one has certainly taken its place: once a write began after this one was over, and was over before the read began.
//! A write is over when it is acknowledged, or somebody has seen it.

use std::collections::HashMap;

use super::life::sorted;
use super::world::{SessionNo, Sight, World};
use super::{Invariant, Violation};
use crate::history::{Call, Event, EventNo, Micros};

pub(super) const NAMES: [&str; 5] = ["a", "b", "c", "p", "q"];

pub(super) fn check(world: &World<'_>, violations: &mut Vec<Violation>) {
    let mut lines: HashMap<SessionNo, Line<'_, '_>> = HashMap::new();
    for sight in world.sights.iter().filter(|sight| sight.seen.is_some()) {
        lines.entry(world.sessions[&sight.session].line).or_default().sights.push(sight);
    }
    for event in &world.history.events {
        let session = event.cookie.and_then(|cookie| world.of_cookie[cookie]);
        if let Some(line) = session.and_then(|session| lines.get_mut(&world.sessions[&session].line)) {
            line.writes.extend(may_write(event).then_some(event));
        }
    }
    for (no, line) in &lines {
        for sight in &line.sights {
            together(sight, violations);
        }
        for name in NAMES {
            line.check(world, *no, name, violations);
        }
    }
}

#[derive(Default)]
struct Line<'w, 'a> {
    sights: Vec<&'w Sight<'a>>,
    writes: Vec<&'a Event>,
}

/// Whether it may have written at all: it was told so, or nobody knows.
fn may_write(event: &Event) -> bool {
    has_written(event) || event.outcome.is_unknown()
}

/// A removal that found nothing to remove may have been noted as a use, and has written no value.
fn has_written(event: &Event) -> bool {
    let is_idle = matches!(event.call, Call::Remove(_)) && !event.meant_to_write();
    event.has_written() && !is_idle
}

fn writes(event: &Event, name: &str) -> bool {
    match event.call {
        Call::Set(key) | Call::SetWithLine(key) | Call::SetDetached(key) | Call::Remove(key) => key == name,
        Call::Both => name == "p" || name == "q",
        _ => false,
    }
}

/// Two values that were stored at once are seen at once.
fn together(sight: &Sight<'_>, violations: &mut Vec<Violation>) {
    let of = |name| sight.seen.and_then(|seen| seen.values.get(name)).map(|value| *value as usize);
    let (p, q) = (of("p"), of("q"));
    if p != q {
        let events = p.into_iter().chain(q).chain([sight.event.no]).collect();
        let sentence = format!("p and q are stored together, and were seen as {p:?} and {q:?}");
        violations.push(Violation { invariant: Invariant::I8, sentence, events: sorted(events) });
    }
}

/// A write of a name, and by when it has happened, if that is known.
struct Write<'a> {
    event: &'a Event,
    over: Micros,
    is_removal: bool,
}

impl Line<'_, '_> {
    fn check(&self, world: &World<'_>, no: SessionNo, name: &str, violations: &mut Vec<Violation>) {
        let mut writes: Vec<Write<'_>> = self
            .writes
            .iter()
            .filter(|event| writes(event, name))
            .map(|event| Write {
                event,
                over: if has_written(event) { event.end } else { Micros::MAX },
                is_removal: matches!(event.call, Call::Remove(_)),
            })
            .collect();
        let places: HashMap<EventNo, usize> =
            writes.iter().enumerate().map(|(place, write)| (write.event.no, place)).collect();
        let value = |sight: &Sight<'_>| {
            sight.seen.and_then(|seen| seen.values.get(name)).map(|value| *value as EventNo)
        };
        for sight in &self.sights {
            let Some(value) = value(sight) else { continue };
            match places.get(&value) {
                Some(place) if !writes[*place].is_removal && writes[*place].event.begin < sight.event.end => {
                    let over = &mut writes[*place].over;
                    *over = (*over).min(sight.event.end);
                }
                _ => violations.push(stranger(world, no, name, value, sight)),
            }
        }
        let certain: Vec<&Write<'_>> = writes.iter().filter(|write| write.over < Micros::MAX).collect();
        for sight in &self.sights {
            let since = match value(sight) {
                Some(value) => places.get(&value).map(|place| (writes[*place].over, Some(value))),
                None => self.last_removal(&writes, sight),
            };
            let Some((since, source)) = since else { continue };
            let newer = certain.iter().find(|write| {
                Some(write.event.no) != source
                    && !(source.is_none() && write.is_removal)
                    && write.event.begin > since
                    && write.event.no != sight.event.no
                    && world.is_known(write.event, write.over, true, sight)
            });
            if let Some(newer) = newer {
                violations.push(outdated(no, name, source, newer, sight));
            }
        }
    }

    /// The latest that nothing under this name can be from: the beginning, or a removal. `None`: any time.
    fn last_removal(&self, writes: &[Write<'_>], sight: &Sight<'_>) -> Option<(Micros, Option<EventNo>)> {
        let removals = writes.iter().filter(|write| write.is_removal && write.event.begin < sight.event.end);
        let last = removals.map(|removal| removal.over).max().unwrap_or(0);
        (last < Micros::MAX).then_some((last, None))
    }
}

fn stranger(world: &World<'_>, no: SessionNo, name: &str, value: EventNo, sight: &Sight<'_>) -> Violation {
    let event = world.history.events.get(value);
    let (invariant, why) = match event {
        None => (Invariant::I3, "that nobody has written"),
        Some(event) if !writes(event, name) => (Invariant::I3, "that was not written there"),
        Some(event) if event.begin >= sight.event.end => (Invariant::I3, "that was not yet written"),
        Some(event) if !may_write(event) => (Invariant::I1, "whose writer was told that it was not written"),
        Some(_) => (Invariant::I3, "of another session"),
    };
    let events = event.map(|event| event.no).into_iter().chain([no, sight.event.no]).collect();
    let sentence = format!("{name} of session {no} was seen as {value}, {why}");
    Violation { invariant, sentence, events: sorted(events) }
}

fn outdated(
    no: SessionNo,
    name: &str,
    source: Option<EventNo>,
    newer: &Write<'_>,
    sight: &Sight<'_>,
) -> Violation {
    let seen = source.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    let sentence = format!(
        "{name} of session {no} was seen as {seen} by {} {} after {} had taken its place",
        sight.event.call.name(),
        crate::report::duration(sight.event.begin.saturating_sub(newer.over)),
        newer.event.no,
    );
    let events = source.into_iter().chain([newer.event.no, sight.event.no]).collect();
    Violation { invariant: Invariant::I2, sentence, events: sorted(events) }
}
