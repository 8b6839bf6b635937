//! Where this crate differs from express-session on purpose: all of it, each with its reason.
//!
//! What is named here is counted and listed by every run. It excuses nothing but itself: any other
//! difference in the same exchange is a divergence. `docs/express.md` tells users the same.

use super::compare::{Aspect, Difference};
use super::options::{Options, Store};
use super::script::{Op, Request};

/// One thing that is meant to be different.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deliberate {
    pub(crate) name: &'static str,
    /// In one sentence.
    pub(crate) why: &'static str,
    /// As narrow as can be.
    pub(crate) applies: fn(&Case<'_>) -> bool,
}

/// A difference, and what it came of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) options: &'a Options,
    /// All requests of the script up to this one, which is the last.
    pub(crate) requests: &'a [&'a Request],
    pub(crate) difference: &'a Difference,
}

pub(crate) const DELIBERATE: &[Deliberate] = &[NEGATIVE, SAVED_BY_HAND];

/// Where touches move the cookie object too.
pub(crate) const IN_STEP: &[Deliberate] = &[NEGATIVE, SAVED_BY_HAND, TOUCHED_WHOLE];

const NEGATIVE: Deliberate = Deliberate {
    name: "a negative maxAge is zero",
    why: "a session that is over is over, by however much",
    applies: |case| {
        let is_over = |(express, other): (f64, f64)| express < other && other.abs() < 3.0;
        case.difference.times.is_some_and(is_over) && (case.is_lifetime() || case.asks_for_lifetime())
    },
};

const SAVED_BY_HAND: Deliberate = Deliberate {
    name: "a save by hand counts as use",
    why: "express-session stores the time that it has read; connect-pg-simple's touch leaves it so",
    applies: |case| {
        let is_later = case.difference.times.is_some_and(|(express, other)| express < other);
        let is_in_the_row =
            matches!(case.difference.aspect, Aspect::StoredExpires(_) | Aspect::StoredColumn(_));
        let concerns_time = is_in_the_row || case.asks_for_lifetime();
        is_later && concerns_time && case.options.store == Store::Table && case.has_saved_by_hand()
    },
};

const TOUCHED_WHOLE: Deliberate = Deliberate {
    name: "a touch moves the cookie object",
    why: "connect-pg-simple moves the column only, and Node reads a maxAge that is too short",
    applies: |case| {
        let is_later = case.difference.times.is_some_and(|(express, other)| express < other);
        let is_in_the_object = matches!(case.difference.aspect, Aspect::StoredExpires(_));
        is_later && (is_in_the_object || case.asks_for_lifetime())
    },
};

/// A lifetime that was changed and nothing else is kept by a touch that moves the object, and forgotten by
/// one that does not. Everything would differ from then on, so no script does that where objects move;
/// `tests/express_table` says what happens.
pub(crate) fn without_changes_of_lifetime(ops: Vec<Op>) -> Vec<Op> {
    ops.into_iter().filter(|op| !matches!(op, Op::MaxAge(_))).collect()
}

impl Case<'_> {
    fn ops(&self) -> &[Op] {
        self.requests.last().map_or(&[], |request| &request.ops)
    }

    fn is_lifetime(&self) -> bool {
        matches!(self.difference.aspect, Aspect::CookieLifetime)
    }

    fn asks_for_lifetime(&self) -> bool {
        let Aspect::Result(at) = self.difference.aspect else { return false };
        matches!(self.ops().get(at), Some(Op::GetMaxAge | Op::OriginalMaxAge))
    }

    /// Whether some request so far did, for what it stored stays until the next save.
    fn has_saved_by_hand(&self) -> bool {
        self.requests.iter().any(|request| request.ops.contains(&Op::Save))
    }
}

/// One difference would have no end: of a session that is over when it is saved by hand, nothing is left
/// here for the rest of the request, where express-session goes on with what it has in memory, sends a cookie
/// that has expired, and may even bring the session back. So no script does that, and
/// `a_session_that_is_over_when_it_is_saved_by_hand_is_gone` in `tests/express_table` says what happens.
pub(crate) fn without_saves_of_what_is_over(options: &Options, ops: Vec<Op>) -> Vec<Op> {
    let at_first = options.cookie.max_age.flatten().is_some_and(|ms| ms <= 0);
    let mut is_over = at_first;
    let mut keeps = |op: &Op| {
        match op {
            Op::MaxAge(ms) => is_over = ms.is_some_and(|ms| ms <= 0),
            Op::Regenerate => is_over = at_first,
            Op::Save => return !is_over,
            _ => {}
        }
        true
    };
    ops.into_iter().filter(|op| keeps(op)).collect()
}
