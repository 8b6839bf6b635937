//! Which rows there are at all: I7.

use std::collections::HashMap;

use super::world::World;
use super::{Invariant, Violation};
use crate::history::{Call, CookieSaid, Outcome};

pub(super) fn check(world: &World<'_>, violations: &mut Vec<Violation>) {
    let mut handles: HashMap<usize, (uuid::Uuid, usize)> = HashMap::new();
    let mut wrong = |sentence: String, events: Vec<usize>| {
        violations.push(Violation { invariant: Invariant::I7, sentence, events });
    };
    for event in &world.history.events {
        for row in event.outcome.answer().and_then(|answer| answer.rows.as_deref()).unwrap_or_default() {
            let Some(born) = row.trail().last().copied() else {
                wrong(format!("nobody has begun the row {}", row.handle), vec![event.no]);
                continue;
            };
            if !world.sessions.contains_key(&born) {
                let events = super::life::sorted(vec![born, event.no]);
                wrong(format!("the row {} was not to be begun", row.handle), events);
            }
            let (known, first) = handles.entry(born).or_insert((row.handle, event.no));
            if *known != row.handle {
                let events = super::life::sorted(vec![born, *first, event.no]);
                wrong(format!("event {born} has begun two rows"), events);
            }
        }
    }
    for event in &world.history.events {
        let Outcome::Ok(answer) = &event.outcome else { continue };
        let is_stranger = event.cookie.is_none();
        match (&event.call, answer.cookie) {
            (Call::Create, CookieSaid::Nothing) if is_stranger => {
                violations.push(Violation {
                    invariant: Invariant::I2,
                    sentence: "a session was begun, and there is no cookie".to_owned(),
                    events: vec![event.no],
                });
            }
            (Call::Create | Call::Renew | Call::Login(_) | Call::EndOthers, _) => {}
            (_, CookieSaid::New(_)) => {
                wrong_cookie(event.no, event.call.name(), violations);
            }
            _ => {}
        }
    }
}

fn wrong_cookie(no: usize, what: &str, violations: &mut Vec<Violation>) {
    let sentence = format!("{what} has set another cookie");
    violations.push(Violation { invariant: Invariant::I7, sentence, events: vec![no] });
}
