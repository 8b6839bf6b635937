//! A history, read once: which sessions there were, who saw them, and who missed them.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::{Invariant, Rules, Violation};
use crate::history::{Call, CookieNo, CookieSaid, Event, EventNo, History, Micros, Outcome, Process, Seen};

/// Sessions are named by the event that began them, which is also what they say of themselves.
pub(super) type SessionNo = EventNo;

/// A page asks the store a few times, and each may take three seconds.
const ENDLESS: Micros = 15_000_000;

pub(super) struct World<'a> {
    pub(super) history: &'a History,
    pub(super) rules: Rules,
    pub(super) sessions: BTreeMap<SessionNo, Session>,
    /// Which session a cookie belongs to.
    pub(super) of_cookie: Vec<Option<SessionNo>>,
    pub(super) of_handle: HashMap<Uuid, SessionNo>,
    pub(super) sights: Vec<Sight<'a>>,
    pub(super) absences: Vec<Absence<'a>>,
    /// Those that end sessions which they do not name by a cookie.
    pub(super) powerful: Vec<&'a Event>,
}

#[derive(Debug)]
pub(super) struct Session {
    /// Whose sign-in it was, with whose cookie.
    pub(super) before: Option<SessionNo>,
    pub(super) owner: Option<&'static str>,
    pub(super) handle: Option<Uuid>,
    /// It began in this interval; the end is [`Micros::MAX`] if nobody ever knew of it.
    pub(super) begin: Micros,
    pub(super) end: Micros,
    /// The session that its values come from, and how many sign-ins ago.
    pub(super) line: SessionNo,
    pub(super) generation: u32,
    /// The sessions whose values it has, if anybody saw them.
    pub(super) trail: Option<Vec<SessionNo>>,
    /// All that was asked with its cookies.
    pub(super) uses: Vec<EventNo>,
}

impl Session {
    /// Whether it has kept the values of the session before it, if that is known.
    pub(super) fn has_kept(&self) -> Option<bool> {
        Some(self.trail.as_ref()?.len() > 1)
    }
}

/// Somebody saw a session alive.
pub(super) struct Sight<'a> {
    pub(super) event: &'a Event,
    pub(super) session: SessionNo,
    /// Under this cookie, if it was not the table or a list.
    pub(super) cookie: Option<CookieNo>,
    /// What was in it, if that was shown.
    pub(super) seen: Option<&'a Seen>,
    /// No cache has answered this.
    pub(super) is_fresh: bool,
}

/// Somebody looked for a session and found none.
pub(super) struct Absence<'a> {
    pub(super) event: &'a Event,
    pub(super) session: SessionNo,
    /// Under this cookie; `None`: nowhere.
    pub(super) cookie: Option<CookieNo>,
}

impl<'a> World<'a> {
    pub(super) fn new(history: &'a History, rules: Rules) -> Self {
        let mut world = Self {
            history,
            rules,
            sessions: BTreeMap::new(),
            of_cookie: vec![None; history.cookies.len()],
            of_handle: HashMap::new(),
            sights: Vec::new(),
            absences: Vec::new(),
            powerful: Vec::new(),
        };
        world.read_sessions();
        world.read_sights();
        world.read_lists();
        world.read_lines();
        world.read_absences();
        world
    }

    /// In the order of invocation: a session is begun before its cookie is used.
    fn read_sessions(&mut self) {
        for event in &self.history.events {
            let before = event.cookie.and_then(|cookie| self.of_cookie[cookie]);
            if let Some(before) = before.and_then(|before| self.sessions.get_mut(&before)) {
                before.uses.push(event.no);
            }
            let is_begun = event.new_cookie().is_some() || event.outcome.is_unknown();
            let owner = match event.call {
                Call::Create if is_begun => Some(None),
                Call::Login(owner) if is_begun => Some(Some(owner)),
                _ => None,
            };
            if let Some(owner) = owner {
                let end = if event.outcome.is_unknown() { Micros::MAX } else { event.end };
                let before = before.filter(|_| matches!(event.call, Call::Login(_)));
                self.sessions.insert(
                    event.no,
                    Session {
                        before,
                        owner,
                        handle: None,
                        begin: event.begin,
                        end,
                        line: event.no,
                        generation: 0,
                        trail: None,
                        uses: vec![event.no],
                    },
                );
            }
            if let Some(cookie) = event.new_cookie() {
                self.of_cookie[cookie] = if owner.is_some() { Some(event.no) } else { before };
            }
            if is_powerful(&event.call) {
                self.powerful.push(event);
            }
        }
    }

    fn read_sights(&mut self) {
        for event in &self.history.events {
            let session = event.cookie.and_then(|cookie| self.of_cookie[cookie]);
            if let (Some(session), Some(seen)) = (session, event.seen()) {
                let is_fresh = self.rules.staleness == 0;
                self.see(Sight { event, session, cookie: event.cookie, seen: Some(seen), is_fresh });
                // What was written was written to a row that was alive; a sign-in may have begun another.
                if event.has_written() && !matches!(event.call, Call::Login(_)) && !is_fresh {
                    self.see(Sight { event, session, cookie: event.cookie, seen: None, is_fresh: true });
                }
            }
            for row in event.outcome.answer().and_then(|answer| answer.rows.as_deref()).unwrap_or_default() {
                let born = row.trail().last().copied();
                if let Some(session) = born.filter(|born| self.sessions.contains_key(born)) {
                    self.see(Sight { event, session, cookie: None, seen: Some(row), is_fresh: true });
                }
            }
        }
    }

    fn see(&mut self, sight: Sight<'a>) {
        if let Some(session) = self.sessions.get_mut(&sight.session) {
            session.end = session.end.min(sight.event.end);
            if let Some(seen) = sight.seen {
                session.handle.get_or_insert(seen.handle);
                self.of_handle.entry(seen.handle).or_insert(sight.session);
                session.trail.get_or_insert_with(|| seen.trail());
            }
        }
        self.sights.push(sight);
    }

    /// After the pages, which say whose handle is whose.
    fn read_lists(&mut self) {
        for event in &self.history.events {
            let handles = event.outcome.answer().and_then(|answer| answer.handles.as_deref());
            for handle in handles.unwrap_or_default() {
                if let Some(session) = self.of_handle.get(handle).copied() {
                    self.see(Sight { event, session, cookie: None, seen: None, is_fresh: true });
                }
            }
        }
    }

    /// Where values come from. Whoever signs in does so after the session that they had began.
    fn read_lines(&mut self) {
        let all: Vec<SessionNo> = self.sessions.keys().copied().collect();
        // Nobody may have seen a session before another sign-in took its place: what it had is seen in that one.
        for no in all.iter().rev() {
            let session = &self.sessions[no];
            let Some([earlier @ .., _]) = session.trail.as_deref() else { continue };
            let earlier = earlier.to_vec();
            let before = session.before.filter(|before| earlier.last() == Some(before));
            if let Some(before) = before.and_then(|before| self.sessions.get_mut(&before)) {
                before.trail.get_or_insert(earlier);
            }
        }
        for no in all {
            let kept = self.sessions[&no].before.filter(|_| self.sessions[&no].has_kept() == Some(true));
            if let Some((line, generation)) = kept
                .and_then(|before| self.sessions.get(&before))
                .map(|before| (before.line, before.generation))
                && let Some(session) = self.sessions.get_mut(&no)
            {
                (session.line, session.generation) = (line, generation + 1);
            }
        }
    }

    fn read_absences(&mut self) {
        for event in &self.history.events {
            let Some(session) = event.cookie.and_then(|cookie| self.of_cookie[cookie]) else { continue };
            let is_absent = match (&event.outcome, &event.call) {
                (Outcome::Refused, _) => true,
                (Outcome::Ok(answer), Call::Logout | Call::EndAll) => {
                    answer.cookie != CookieSaid::Drop || answer.seen.is_none()
                }
                (Outcome::Ok(answer), _) if answer.seen.is_none() => true,
                (Outcome::Ok(_), _) => event.meant_to_write() && !event.has_written(),
                _ => false,
            };
            if is_absent {
                self.absences.push(Absence { event, session, cookie: event.cookie });
            }
        }
        // The first of each kind that misses one: it stays away from all later ones, or has come back.
        for kind in [Call::Census, Call::List, Call::Devices] {
            let events = self.history.events.iter().filter(|event| event.call == kind);
            let mut rosters: Vec<_> = events.filter_map(|event| self.roster(event)).collect();
            rosters.sort_by_key(|roster| roster.event.begin);
            for (&no, session) in &self.sessions {
                let later = rosters.partition_point(|roster| roster.event.begin <= session.end);
                let first = rosters[later..].iter().find(|roster| roster.misses(no, session));
                if let Some(Roster { event, .. }) = first {
                    self.absences.push(Absence { event, session: no, cookie: None });
                }
            }
        }
    }

    /// All whom an event has shown, if it was to show all.
    fn roster(&self, event: &'a Event) -> Option<Roster<'a>> {
        let answer = event.outcome.answer()?;
        let owner = match event.call {
            Call::Devices => Some(answer.seen.as_ref()?.owner.clone()?),
            _ => None,
        };
        let of_handle = |handle: &Uuid| self.of_handle.get(handle).copied();
        let is_by_handle = answer.rows.is_none();
        let mut shown: Vec<SessionNo> = match (&answer.rows, &answer.handles) {
            (Some(rows), _) => rows.iter().filter_map(|row| row.trail().last().copied()).collect(),
            (_, Some(handles)) => handles.iter().filter_map(of_handle).collect(),
            _ => return None,
        };
        shown.sort_unstable();
        Some(Roster { event, owner, is_by_handle, shown })
    }

    /// Whether whoever saw this must have known of that: `earlier` was over at `at`, before `sight` was asked for.
    pub(super) fn is_known(&self, earlier: &Event, at: Micros, is_write: bool, sight: &Sight<'_>) -> bool {
        let late = if sight.is_fresh { 0 } else { self.staleness_at(sight.event.begin) };
        at.saturating_add(late) < sight.event.begin || (is_write && self.is_known_at_once(earlier, sight))
    }

    /// A process knows at once what it has acknowledged itself, under the id that it was asked with. What it has ended
    /// in another way it knows as well, unless somebody else may have been faster: then it found nothing to end.
    fn is_known_at_once(&self, earlier: &Event, sight: &Sight<'_>) -> bool {
        let is_here = earlier.process == sight.event.process && earlier.process != Process::PSQL;
        let is_acknowledged = earlier.outcome.answer().is_some() && earlier.end < sight.event.begin;
        let is_end = is_powerful(&earlier.call) || earlier.call == Call::Logout;
        let is_alone = || !self.is_excused(sight.session, sight.cookie, earlier, earlier.end);
        is_here && is_acknowledged && (earlier.cookie == sight.cookie || (is_end && is_alone()))
    }

    pub(super) fn staleness_at(&self, when: Micros) -> Micros {
        let long = self.rules.staleness_after_failover;
        let is_near = |fault: &crate::history::Trouble| {
            fault.name.contains("failover") && fault.begin <= when && when <= fault.end.saturating_add(long)
        };
        if self.history.faults.iter().any(is_near) { long } else { self.rules.staleness }
    }

    pub(super) fn event(&self, no: EventNo) -> &'a Event {
        &self.history.events[no]
    }

    /// Whoever gets anything but a page, a refusal or a 503 has found a fault. So has who gets nothing: everything that
    /// a page waits for has its deadline.
    pub(super) fn answers(&self, violations: &mut Vec<Violation>) {
        for event in &self.history.events {
            let what = event.call.name();
            let sentence = match &event.outcome {
                Outcome::Wrong(why) => format!("{what} was answered with {why}"),
                Outcome::Unknown(_) if event.end - event.begin >= ENDLESS => {
                    let waited = crate::report::duration(event.end - event.begin);
                    format!("{what} has waited {waited} for an answer that did not come")
                }
                _ => continue,
            };
            violations.push(Violation { invariant: Invariant::Answers, sentence, events: vec![event.no] });
        }
    }
}

struct Roster<'a> {
    event: &'a Event,
    /// Only of this owner.
    owner: Option<String>,
    is_by_handle: bool,
    shown: Vec<SessionNo>,
}

impl Roster<'_> {
    fn misses(&self, no: SessionNo, session: &Session) -> bool {
        let is_meant = self.owner.as_deref().is_none_or(|owner| session.owner == Some(owner));
        // Nobody may know under which handle it would be listed.
        let is_known = session.handle.is_some() || !self.is_by_handle;
        is_meant && is_known && self.shown.binary_search(&no).is_err()
    }
}

fn is_powerful(call: &Call) -> bool {
    matches!(
        call,
        Call::EndDevice(_)
            | Call::EndOthers
            | Call::EndAll
            | Call::Revoke(_)
            | Call::RevokeOwner(_)
            | Call::RevokeAll
    )
}
