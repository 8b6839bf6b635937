//! What may have ended a session, and what certainly has.

use super::world::{Absence, Session, SessionNo, World};
use crate::history::{Call, CookieNo, CookieSaid, Event, Micros, Outcome};

/// The clock of the database may go this much faster or slower than the driver's, and times are rounded.
pub(super) const SLACK: Micros = 60_000;

/// Something after whose answer a session is over.
#[derive(Clone, Copy)]
pub(super) struct Death<'a> {
    pub(super) event: &'a Event,
    /// `None`: the session, under every id.
    pub(super) cookie: Option<CookieNo>,
    /// It was ended by this; otherwise somebody only noticed.
    pub(super) is_write: bool,
}

impl<'a> World<'a> {
    /// Whether the session may rightly have been absent, under this cookie, for an event that was over by then.
    pub(super) fn is_excused(
        &self,
        no: SessionNo,
        cookie: Option<CookieNo>,
        absent: &Event,
        over: Micros,
    ) -> bool {
        let session = &self.sessions[&no];
        let may_have = |event: &&Event| event.no != absent.no && event.begin < over;
        let uses = session.uses.iter().map(|no| self.event(*no));
        uses.filter(may_have).any(|event| may_end_its_own(event, cookie))
            || self
                .powerful
                .iter()
                .copied()
                .filter(may_have)
                .any(|event| self.may_end_others(event, no, session))
            || self.may_have_expired(no, session, absent, over)
    }

    fn may_have_expired(&self, no: SessionNo, session: &Session, absent: &Event, over: Micros) -> bool {
        let uses = session.uses.iter().map(|no| self.event(*no));
        let known = uses.filter(|event| event.has_written() && event.end < absent.begin);
        // What began another session did not use this one.
        let known =
            known.filter(|event| event.no == no || !matches!(event.call, Call::Create | Call::Login(_)));
        let last = known.map(|event| event.begin).max().unwrap_or(session.begin).max(session.begin);
        let end = (last + self.rules.idle).min(session.begin + self.rules.absolute);
        over.saturating_add(SLACK) >= end
    }

    /// Whether its time may have been over while a write that found it alive was not committed: until then everybody
    /// misses it, and afterwards it has more time.
    pub(super) fn may_be_saved(&self, absence: &Absence<'_>) -> bool {
        let (no, absent) = (absence.session, absence.event);
        let session = &self.sessions[&no];
        let uses = session.uses.iter().map(|use_no| self.event(*use_no));
        let mut others = uses.filter(|event| event.no != absent.no && event.no != no);
        let is_under_way = |event: &Event| {
            let is_committed = event.has_written() && event.end <= absent.begin;
            let may_write = event.has_written() || event.outcome.is_unknown();
            event.begin < absent.end && may_write && !is_committed
        };
        others.any(is_under_way) && self.may_have_expired(no, session, absent, absent.end)
    }

    /// Whether the event may end sessions other than that of its own cookie, and this is one.
    fn may_end_others(&self, event: &Event, no: SessionNo, session: &Session) -> bool {
        let is_done = match &event.outcome {
            Outcome::Ok(answer) => answer.done,
            outcome => outcome.is_unknown(),
        };
        let own = event.cookie.and_then(|cookie| self.of_cookie[cookie]);
        let is_theirs = || {
            let owner = own.and_then(|own| self.sessions.get(&own)).and_then(|own| own.owner);
            owner.is_some() && owner == session.owner
        };
        is_done
            && match event.call {
                Call::EndDevice(handle) => session.handle.is_none_or(|known| known == handle) && is_theirs(),
                Call::EndOthers | Call::EndAll => own != Some(no) && is_theirs(),
                Call::Revoke(handle) => session.handle.is_none_or(|known| known == handle),
                Call::RevokeOwner(owner) => session.owner == Some(owner),
                Call::RevokeAll => true,
                _ => false,
            }
    }

    /// Everything after which the session is over for certain, the earliest first; a few are enough.
    pub(super) fn deaths(&self, no: SessionNo) -> Vec<Death<'a>> {
        const ENOUGH: usize = 24;
        let session = &self.sessions[&no];
        let uses = session.uses.iter().map(|no| self.event(*no));
        let mut deaths: Vec<Death<'a>> = uses.flat_map(|event| self.own_deaths(event, no, session)).collect();
        let powerful = self.powerful.iter().filter(|event| self.certainly_ends(event, no, session));
        deaths.extend(powerful.map(|event| Death { event, cookie: None, is_write: true }));
        deaths.sort_by_key(|death| death.event.end);
        // Under a cookie none may be left out: each has few.
        let mut whole = 0;
        deaths.retain(|death| {
            whole += usize::from(death.cookie.is_none());
            death.cookie.is_some() || whole <= ENOUGH
        });
        deaths
    }

    fn own_deaths(&self, event: &'a Event, no: SessionNo, session: &Session) -> Vec<Death<'a>> {
        // What began the session is no use of it.
        let Some(answer) = event.outcome.answer().filter(|_| event.no != no) else { return Vec::new() };
        let of = |cookie| Death { event, cookie, is_write: true };
        let is_new = matches!(answer.cookie, CookieSaid::New(_));
        match event.call {
            Call::Renew | Call::EndOthers if is_new => vec![of(event.cookie)],
            // A sign-in that came too late has begun a session of its own; the other one may live under another id.
            Call::Login(_) if is_new => {
                let next = self.sessions.get(&event.no);
                let is_moved = next.is_some_and(|next| next.has_kept() == Some(true));
                vec![of(event.cookie.filter(|_| !is_moved))]
            }
            Call::Logout | Call::EndAll | Call::EndDevice(_)
                if answer.seen.is_some() && answer.cookie == CookieSaid::Drop =>
            {
                vec![of(None)]
            }
            // Too late, but not too late to end what the session has become.
            Call::Logout if answer.seen.is_none() && self.is_remembered(event, session) => vec![of(None)],
            _ => Vec::new(),
        }
    }

    /// Whether the cookie of a late sign-out was renewed so short a time ago that its successor is still known.
    fn is_remembered(&self, event: &Event, session: &Session) -> bool {
        let renewals = session.uses.iter().map(|no| self.event(*no)).filter(|renewal| {
            renewal.cookie == event.cookie
                && renewal.new_cookie().is_some()
                && matches!(renewal.call, Call::Renew | Call::EndOthers)
        });
        renewals.into_iter().any(|renewal| {
            renewal.end < event.begin && event.end + SLACK < renewal.begin + self.rules.late_grace
        })
    }

    fn certainly_ends(&self, event: &Event, no: SessionNo, session: &Session) -> bool {
        let Some(answer) = event.outcome.answer() else { return false };
        let had_begun = session.end < event.begin;
        match event.call {
            Call::Revoke(handle) => session.handle == Some(handle) && had_begun,
            Call::RevokeOwner(owner) => session.owner == Some(owner) && had_begun,
            Call::RevokeAll => had_begun,
            Call::EndDevice(handle) => {
                answer.done && session.handle == Some(handle) && self.may_end_others(event, no, session)
            }
            Call::EndOthers | Call::EndAll => had_begun && self.may_end_others(event, no, session),
            _ => false,
        }
    }
}

/// Whether the event may end the session of its own cookie; under `cookie`, if one is given.
fn may_end_its_own(event: &Event, cookie: Option<CookieNo>) -> bool {
    let answer = event.outcome.answer();
    if answer.is_none() && !event.outcome.is_unknown() {
        return false;
    }
    let is_new = answer.is_none() || event.new_cookie().is_some();
    match event.call {
        // One that brought a cookie which meant nothing any more ends nothing.
        Call::Logout => {
            answer.is_none_or(|answer| answer.seen.is_some() || answer.cookie != CookieSaid::Drop)
        }
        Call::EndAll => true,
        Call::Renew | Call::EndOthers => is_new && cookie.is_some() && event.cookie == cookie,
        Call::Login(_) => is_new && event.cookie.is_some() && (cookie.is_none() || event.cookie == cookie),
        _ => false,
    }
}

impl<'a> Absence<'a> {
    pub(super) fn as_death(&self) -> Death<'a> {
        Death { event: self.event, cookie: self.cookie, is_write: false }
    }
}
