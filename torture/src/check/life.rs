//! Who was seen after their end, and who was missed before it: I1, I6, I9, I10, and the sessions of I2.

use std::collections::HashMap;

use super::deaths::Death;
use super::world::{Absence, Sight, World};
use super::{Invariant, Violation};
use crate::history::{Call, CookieNo};

pub(super) fn check(world: &World<'_>, violations: &mut Vec<Violation>) {
    let mut noticed: HashMap<usize, Vec<&Absence<'_>>> = HashMap::new();
    for absence in &world.absences {
        noticed.entry(absence.session).or_default().push(absence);
    }
    let mut sights: HashMap<usize, Vec<&Sight<'_>>> = HashMap::new();
    for sight in &world.sights {
        sights.entry(sight.session).or_default().push(sight);
    }
    for (no, sights) in &sights {
        let mut deaths = world.deaths(*no);
        let noticed = noticed.get(no).into_iter().flatten().filter(|absence| !world.may_be_saved(absence));
        deaths.extend(noticed.map(|absence| absence.as_death()));
        let deaths = Deaths::of(&deaths);
        for sight in sights {
            if let Some(death) = deaths.before(world, sight) {
                violations.push(came_back(world, sight, death));
            }
        }
    }
    for absence in &world.absences {
        if !world.is_excused(absence.session, absence.cookie, absence.event, absence.event.end) {
            violations.push(lost(world, absence, sights.get(&absence.session)));
        }
    }
}

/// By whom they are about.
struct Deaths<'a> {
    whole: Vec<Death<'a>>,
    of_cookie: HashMap<CookieNo, Vec<Death<'a>>>,
}

impl<'a> Deaths<'a> {
    fn of(all: &[Death<'a>]) -> Self {
        let mut deaths = Self { whole: Vec::new(), of_cookie: HashMap::new() };
        for death in all {
            match death.cookie {
                None => deaths.whole.push(*death),
                Some(cookie) => deaths.of_cookie.entry(cookie).or_default().push(*death),
            }
        }
        deaths.whole.sort_by_key(|death| death.event.end);
        deaths.of_cookie.values_mut().for_each(|some| some.sort_by_key(|death| death.event.end));
        deaths
    }

    /// One that whoever saw this must have known of.
    fn before(&self, world: &World<'_>, sight: &Sight<'_>) -> Option<Death<'a>> {
        let own = sight.cookie.and_then(|cookie| self.of_cookie.get(&cookie));
        let all = own.into_iter().flatten().chain(&self.whole);
        let mut known = all.filter(|death| {
            death.event.no != sight.event.no
                && death.event.end < sight.event.begin
                && world.is_known(death.event, death.event.end, death.is_write, sight)
        });
        known.next().copied()
    }
}

fn came_back(world: &World<'_>, sight: &Sight<'_>, death: Death<'_>) -> Violation {
    let was_left =
        matches!(death.event.call, Call::Renew | Call::Login(_) | Call::EndOthers) && death.is_write;
    let is_listed = matches!(sight.event.call, Call::List | Call::Devices) && sight.cookie.is_none();
    let how = match (death.is_write, sight.seen, sight.cookie) {
        (true, ..) => "was ended",
        (false, ..) => "was found to be over",
    };
    let session = &world.sessions[&sight.session];
    Violation {
        invariant: match (is_listed, was_left) {
            (true, _) => Invariant::I9,
            (_, true) => Invariant::I6,
            _ => Invariant::I1,
        },
        sentence: format!(
            "session {} {how} by {}, and was alive for {} {} later",
            sight.session,
            death.event.call.name(),
            sight.event.call.name(),
            crate::report::duration(sight.event.begin - death.event.end),
        ),
        events: sorted(vec![session.uses[0], death.event.no, sight.event.no]),
    }
}

fn lost(world: &World<'_>, absence: &Absence<'_>, sights: Option<&Vec<&Sight<'_>>>) -> Violation {
    let event = absence.event;
    let mut last: Option<&&Sight<'_>> = None;
    for sight in sights.into_iter().flatten() {
        let is_before = sight.event.end < event.begin && sight.event.no != event.no;
        if is_before && last.is_none_or(|last| last.event.end < sight.event.end) {
            last = Some(sight);
        }
    }
    let since = last.map_or(world.sessions[&absence.session].begin, |sight| sight.event.begin);
    let is_pruned = world.history.events.iter().any(|prune| {
        let done = prune.outcome.answer().is_some_and(|answer| answer.done);
        prune.call == Call::Prune && done && prune.end > since && prune.begin < event.end
    });
    let is_list = matches!(event.call, Call::List | Call::Devices) && absence.cookie.is_none();
    let session = &world.sessions[&absence.session];
    let mut events = vec![session.uses[0], event.no];
    events.extend(last.map(|sight| sight.event.no));
    Violation {
        invariant: match (is_list, is_pruned) {
            (true, _) => Invariant::I9,
            (_, true) => Invariant::I10,
            _ => Invariant::I2,
        },
        sentence: format!(
            "session {} was missing for {}, and nothing can have ended it",
            absence.session,
            event.call.name()
        ),
        events: sorted(events),
    }
}

pub(super) fn sorted(mut events: Vec<usize>) -> Vec<usize> {
    events.sort_unstable();
    events.dedup();
    events
}
