//! Who is who, and where values come from: I3, and what a sign-in keeps.

use std::collections::HashMap;

use uuid::Uuid;

use super::life::sorted;
use super::world::{Session, Sight, World};
use super::{Invariant, Violation};
use crate::history::{Call, Event};

pub(super) fn check(world: &World<'_>, violations: &mut Vec<Violation>) {
    let mut handles: HashMap<Uuid, &Sight<'_>> = HashMap::new();
    for sight in &world.sights {
        let Some(seen) = sight.seen else { continue };
        let session = &world.sessions[&sight.session];
        let mut wrong = |sentence: String, mut events: Vec<usize>| {
            events.extend([session.uses[0], sight.event.no]);
            violations.push(Violation { invariant: Invariant::I3, sentence, events: sorted(events) });
        };
        let known = handles.entry(seen.handle).or_insert(sight);
        if known.session != sight.session {
            wrong(format!("two sessions have the handle {}", seen.handle), vec![known.event.no]);
        }
        if session.handle != Some(seen.handle) {
            wrong(format!("session {} has another handle now", sight.session), Vec::new());
        }
        if seen.owner.as_deref() != session.owner {
            wrong(format!("the owner of session {} is {:?}", sight.session, seen.owner), Vec::new());
        }
        let trail = seen.trail();
        if trail.last() != Some(&sight.session) {
            wrong(
                format!("the cookie of session {} shows session {:?}", sight.session, trail.last()),
                Vec::new(),
            );
        } else if trail != expected(world, session, sight.session) {
            wrong(format!("session {} has values of {trail:?}", sight.session), Vec::new());
        }
    }
    for event in &world.history.events {
        if event.cookie.is_none() && event.seen().is_some() {
            violations.push(Violation {
                invariant: Invariant::I3,
                sentence: "a stranger was shown a session".to_owned(),
                events: vec![event.no],
            });
        }
    }
    for (no, session) in &world.sessions {
        sign_in(world, *no, session, violations);
    }
}

/// Whose values a session has: its own, and those before it if it has kept any.
fn expected(world: &World<'_>, session: &Session, no: usize) -> Vec<usize> {
    let before = session.before.filter(|_| session.has_kept() == Some(true));
    let before = before.and_then(|before| world.sessions.get(&before)?.trail.clone());
    // Of one that nobody saw before this sign-in, this is all that is known.
    match (before, &session.trail) {
        (Some(before), _) => before.into_iter().chain([no]).collect(),
        (None, Some(trail)) => trail.clone(),
        (None, None) => vec![no],
    }
}

/// A sign-in keeps what was stored, unless it was somebody else's, or was over.
fn sign_in(world: &World<'_>, no: usize, session: &Session, violations: &mut Vec<Violation>) {
    let event: &Event = world.event(no);
    let (Call::Login(_), Some(is_kept)) = (&event.call, session.has_kept()) else { return };
    let Some(before) = session.before else { return };
    let other = world.sessions[&before].owner.filter(|owner| Some(*owner) != session.owner);
    let mut wrong = |invariant, sentence: String| {
        let events = sorted(vec![world.sessions[&before].uses[0], no]);
        violations.push(Violation { invariant, sentence, events });
    };
    match (is_kept, other) {
        (true, Some(other)) => {
            wrong(Invariant::I3, format!("{:?} was given the values of {other:?}", session.owner));
        }
        // One that nobody was answered had happened when it was seen.
        (false, None) if !world.is_excused(before, event.cookie, event, session.end) => {
            wrong(Invariant::I2, "a sign-in has lost what was stored".to_owned());
        }
        _ => {}
    }
}
