//! Versions never go back, a version has one content, and what has been replaced does not return. I4 and I2.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::life::sorted;
use super::world::{SessionNo, Sight, World};
use super::{Invariant, Violation};
use crate::history::Micros;

pub(super) fn check(world: &World<'_>, violations: &mut Vec<Violation>) {
    let mut sessions: BTreeMap<SessionNo, Vec<&Sight<'_>>> = BTreeMap::new();
    let mut lines: BTreeMap<SessionNo, Vec<&Sight<'_>>> = BTreeMap::new();
    for sight in world.sights.iter().filter(|sight| sight.seen.is_some()) {
        sessions.entry(sight.session).or_default().push(sight);
        lines.entry(world.sessions[&sight.session].line).or_default().push(sight);
    }
    for (no, sights) in sessions {
        never_back(world, no, sights, violations);
    }
    for (no, sights) in lines {
        one_content(world, no, sights, violations);
    }
}

fn version(sight: &Sight<'_>) -> i64 {
    sight.seen.map_or(0, |seen| seen.version)
}

/// Of two looks of which the first was over before the second began, the second sees no older version.
fn never_back(
    world: &World<'_>,
    no: SessionNo,
    mut sights: Vec<&Sight<'_>>,
    violations: &mut Vec<Violation>,
) {
    let mut ended = sights.clone();
    ended.sort_by_key(|sight| sight.event.end);
    sights.sort_by_key(|sight| sight.event.begin);
    // For reads that may be old, the newest of those that were over so long before.
    for is_fresh in [true, false] {
        let mut over = ended.iter().peekable();
        let mut newest: Option<&Sight<'_>> = None;
        for sight in sights.iter().filter(|sight| sight.is_fresh == is_fresh) {
            let late: Micros = if is_fresh { 0 } else { world.staleness_at(sight.event.begin) };
            while let Some(earlier) = over.next_if(|earlier| earlier.event.end + late < sight.event.begin) {
                if newest.is_none_or(|newest| version(newest) < version(earlier)) {
                    newest = Some(earlier);
                }
            }
            let newest = newest.filter(|newest| version(newest) > version(sight));
            if let Some(newest) = newest {
                violations.push(Violation {
                    invariant: Invariant::I4,
                    sentence: format!(
                        "session {no} had version {}, and {} later version {}",
                        version(newest),
                        crate::report::duration(sight.event.begin - newest.event.end),
                        version(sight)
                    ),
                    events: sorted(vec![newest.event.no, sight.event.no]),
                });
            }
        }
    }
}

/// In the order of versions, a value that was replaced does not come back, and the counter does not fall.
fn one_content(
    world: &World<'_>,
    no: SessionNo,
    mut sights: Vec<&Sight<'_>>,
    violations: &mut Vec<Violation>,
) {
    let place =
        |sight: &Sight<'_>| (world.sessions[&sight.session].generation, sight.session, version(sight));
    sights.sort_by_key(|sight| place(sight));
    let mut before: Option<&Sight<'_>> = None;
    let mut replaced: HashMap<&str, HashSet<u64>> = HashMap::new();
    for sight in sights {
        let Some(seen) = sight.seen else { continue };
        let wrong = |before: &Sight<'_>, invariant, sentence| Violation {
            invariant,
            sentence,
            events: sorted(vec![before.event.no, sight.event.no]),
        };
        if let Some((before, values)) = before.and_then(|before| Some((before, &before.seen?.values))) {
            if place(before) == place(sight) && *values != seen.values {
                let sentence = format!(
                    "session {no} has two contents in version {}: {:?} and {:?}",
                    seen.version, values, seen.values
                );
                violations.push(wrong(before, Invariant::I4, sentence));
            }
            for (name, value) in values {
                if name != "n" && seen.values.get(name) != Some(value) {
                    replaced.entry(name).or_default().insert(*value);
                }
            }
            if values.get("n") > seen.values.get("n") {
                violations.push(wrong(before, Invariant::I4, format!("the counter of session {no} fell")));
            }
            for (name, value) in &seen.values {
                let is_back = values.get(name) != Some(value)
                    && replaced.get(name.as_str()).is_some_and(|replaced| replaced.contains(value));
                if is_back {
                    let sentence = format!("{name} of session {no} is {value} again, which was replaced");
                    violations.push(wrong(before, Invariant::I2, sentence));
                }
            }
        }
        before = Some(sight);
    }
}
