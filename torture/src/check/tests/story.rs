//! Histories by hand.

use uuid::Uuid;

use super::super::{Invariant, Rules, check};
use crate::history::{
    Answer, Call, Cookie, CookieNo, CookieSaid, Event, EventNo, History, Outcome, Process, Seen,
};

pub(super) const MS: u64 = 1_000;

/// Sessions end after six seconds without use and after twenty-five in all; reads are never old.
pub(super) const UNCACHED: Rules = Rules {
    staleness: 0,
    staleness_after_failover: 0,
    idle: 6_000 * MS,
    absolute: 25_000 * MS,
    late_grace: 2_000 * MS,
};

/// The same with a cache, whose reads may be a second old.
pub(super) const CACHED: Rules =
    Rules { staleness: 1_000 * MS, staleness_after_failover: 12_000 * MS, ..UNCACHED };

/// When, in milliseconds, and by which application.
#[derive(Clone, Copy)]
pub(super) struct At(pub(super) u64, pub(super) u64, pub(super) u16);

pub(super) struct Story {
    pub(super) history: History,
    rules: Rules,
}

impl Story {
    pub(super) fn new(rules: Rules) -> Self {
        Self { history: History::default(), rules }
    }

    pub(super) fn event(
        &mut self,
        at: At,
        call: Call,
        cookie: Option<CookieNo>,
        outcome: Outcome,
    ) -> EventNo {
        let At(begin, end, which) = at;
        let process = if call == Call::Census { Process::PSQL } else { Process { which, life: 0 } };
        let no = self.history.events.len();
        let (begin, end) = (begin * MS, end * MS);
        self.history.events.push(Event { no, client: 0, process, begin, end, call, cookie, outcome });
        no
    }

    /// The cookie that the next event's response brings.
    fn cookie(&mut self) -> CookieNo {
        self.history.cookies.push(Cookie { from: self.history.events.len() });
        self.history.cookies.len() - 1
    }

    /// A session begins; its number, and its cookie.
    pub(super) fn create(&mut self, at: At) -> (EventNo, CookieNo) {
        let cookie = self.cookie();
        (self.event(at, Call::Create, None, answer(None, CookieSaid::New(cookie))), cookie)
    }

    /// One that may have begun.
    pub(super) fn maybe_create(&mut self, at: At) -> EventNo {
        self.event(at, Call::Create, None, unknown())
    }

    /// The next event is answered with another cookie.
    pub(super) fn moves(&mut self, at: At, call: Call, cookie: CookieNo, seen: Seen) -> (EventNo, CookieNo) {
        let new = self.cookie();
        (self.event(at, call, Some(cookie), answer(Some(seen), CookieSaid::New(new))), new)
    }

    /// Something is written, and acknowledged.
    pub(super) fn writes(&mut self, at: At, call: Call, cookie: CookieNo, seen: Seen) -> EventNo {
        self.event(at, call, Some(cookie), answer(Some(seen), CookieSaid::Keep))
    }

    /// A page is shown, or with other calls: there was nothing left to write to.
    pub(super) fn shows(&mut self, at: At, call: Call, cookie: CookieNo, seen: Seen) -> EventNo {
        self.event(at, call, Some(cookie), answer(Some(seen), CookieSaid::Nothing))
    }

    pub(super) fn reads(&mut self, at: At, cookie: CookieNo, seen: Seen) -> EventNo {
        self.shows(at, Call::Read, cookie, seen)
    }

    pub(super) fn refused(&mut self, at: At, call: Call, cookie: CookieNo) -> EventNo {
        self.event(at, call, Some(cookie), Outcome::Refused)
    }

    pub(super) fn maybe(&mut self, at: At, call: Call, cookie: CookieNo) -> EventNo {
        self.event(at, call, Some(cookie), unknown())
    }

    pub(super) fn logout(&mut self, at: At, cookie: CookieNo, seen: Seen) -> EventNo {
        self.event(at, Call::Logout, Some(cookie), answer(Some(seen), CookieSaid::Drop))
    }

    /// The administrator does something.
    pub(super) fn admin(&mut self, at: At, call: Call) -> EventNo {
        let answer = Answer { done: true, ..Answer::default() };
        self.event(at, call, None, Outcome::Ok(Box::new(answer)))
    }

    pub(super) fn list(&mut self, at: At, handles: Vec<Uuid>) -> EventNo {
        let answer = Answer { handles: Some(handles), done: true, ..Answer::default() };
        self.event(at, Call::List, None, Outcome::Ok(Box::new(answer)))
    }

    pub(super) fn census(&mut self, at: At, rows: Vec<Seen>) -> EventNo {
        let answer = Answer { rows: Some(rows), done: true, ..Answer::default() };
        self.event(at, Call::Census, None, Outcome::Ok(Box::new(answer)))
    }

    /// What of it is against what, each once.
    pub(super) fn found(&self) -> Vec<Invariant> {
        let findings = check(&self.history, self.rules);
        let mut kinds: Vec<Invariant> = findings.violations.iter().map(|found| found.invariant).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    #[track_caller]
    pub(super) fn is_true(&self) {
        let violations = check(&self.history, self.rules).violations;
        assert!(violations.is_empty(), "{violations:?}");
    }

    #[track_caller]
    pub(super) fn is_against(&self, invariant: Invariant) {
        assert_eq!(self.found(), [invariant], "{:?}", check(&self.history, self.rules).violations);
    }
}

pub(super) fn unknown() -> Outcome {
    Outcome::Unknown("503".to_owned())
}

pub(super) fn answer(seen: Option<Seen>, cookie: CookieSaid) -> Outcome {
    Outcome::Ok(Box::new(Answer { seen, cookie, done: true, ..Answer::default() }))
}

/// The session whose trail this is, in some version, with these values besides.
pub(super) fn seen(trail: &[EventNo], version: i64, values: &[(&str, EventNo)]) -> Seen {
    let own = trail.last().copied().unwrap_or_default();
    let trail = trail.iter().map(|no| (Seen::beginning(*no as u64), *no as u64));
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), *value as u64));
    Seen {
        handle: handle(own),
        owner: None,
        version,
        deadline: 1_000_000,
        remaining: 5_000 * MS,
        values: trail.chain(values).collect(),
    }
}

pub(super) fn handle(session: EventNo) -> Uuid {
    Uuid::from_u128(session as u128 + 1)
}

pub(super) fn of(owner: &str, seen: Seen) -> Seen {
    Seen { owner: Some(owner.to_owned()), ..seen }
}
