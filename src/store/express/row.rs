//! What a row says of its session, and what it is to say next. No SQL here.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::cookie::{self, Cookie};
use super::facts::{self, Facts, TableTag};
use super::template::Template;
use super::text::Members;
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Change, Data, LONGEST, Lifetime, NewSession, Proof, Record, Restart};
use crate::store::stored::after;

/// Members that are no values of the session.
pub(super) const RESERVED: [&str; 2] = [cookie::NAME, facts::NAME];

/// What connect-pg-simple gives a session without a `maxAge`.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the store's settings say about rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// connect-pg-simple's `ttl`, if the store was given one.
    pub(super) ttl: Option<Duration>,
    pub(super) table: TableTag,
}

/// A live session's row as a statement found it.
#[derive(Debug)]
pub(super) struct Row {
    /// `sess`, by which a save knows that nobody came in between.
    pub(super) text: String,
    members: Members,
    cookie: Cookie,
    facts: Option<Facts>,
    ends_at: DateTime<Utc>,
    now: DateTime<Utc>,
}

/// A row as it is to be.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) sess: Template,
    pub(super) left: Duration,
    pub(super) deadline: Option<DateTime<Utc>>,
    /// A use never shortens a life; a new lifetime may.
    pub(super) only_longer: bool,
    pub(super) handle: Uuid,
    /// The version of these values, unless the database writes them in another way.
    pub(super) version: i64,
}

impl Row {
    pub(super) fn read(text: String, ends_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let members = Members::read(&text)?;
        let (cookie, facts) = (Cookie::of(&members), Facts::of(&members));
        Ok(Self { text, members, cookie, facts, ends_at, now })
    }

    /// Whether a deadline has passed that Node, which does not know it, has overrun.
    pub(super) fn is_over(&self) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= self.now)
    }

    pub(super) fn version(&self) -> i64 {
        version(&self.members, self.facts.as_ref())
    }

    /// Whether there is a value whose name no Rust string can be.
    pub(super) fn has_unnameable(&self) -> bool {
        self.members.has_unnameable()
    }

    pub(super) fn values(&self) -> Data {
        self.members.values(&RESERVED)
    }

    /// The session. With `by_cookie`, what it has left is what its cookie object says.
    pub(super) fn record(&self, id: &SessionId, rules: Rules, by_cookie: bool) -> Record {
        let facts = self.facts(id, rules);
        let ends_at = match self.cookie.expires() {
            Some(expires) if by_cookie => expires,
            _ => self.deadline().map_or(self.ends_at, |deadline| deadline.min(self.ends_at)),
        };
        Record {
            handle: facts.id,
            data: self.values(),
            owner: facts.owner.map(Into::into),
            credential: facts.credential.map(Into::into),
            created_at: facts.created_at,
            seen_at: facts.seen_at,
            authenticated_at: facts.authenticated_at,
            idle: self.idle(rules),
            deadline: facts.deadline,
            persistent: self.cookie.is_persistent(),
            version: self.version(),
            remaining: between(self.now, ends_at),
            since_seen: between(facts.seen_at, self.now),
            cookie: Some(self.cookie.attributes()),
        }
    }

    /// How long each use gives it anew.
    fn idle(&self, rules: Rules) -> Duration {
        let kept = self.facts.as_ref().and_then(|facts| facts.idle).map(Duration::from_millis);
        let of_browser = || rules.ttl.or(kept).unwrap_or(DAY);
        // A persistent cookie without an `originalMaxAge` has what it has.
        let of_cookie = || self.cookie.idle().unwrap_or_else(|| between(self.now, self.ends_at));
        let idle = if self.cookie.is_persistent() { of_cookie() } else { of_browser() };
        // Anybody may have written it.
        idle.min(LONGEST)
    }

    fn deadline(&self) -> Option<DateTime<Utc>> {
        self.facts.as_ref().and_then(|facts| facts.deadline)
    }

    /// What is kept, or else can be told. Node's touches move the column only, and tell when that was.
    fn facts(&self, id: &SessionId, rules: Rules) -> Facts {
        let idle = TimeDelta::from_std(self.idle(rules)).unwrap_or_default();
        let seen_at = self.ends_at.checked_sub_signed(idle).unwrap_or(self.now).min(self.now);
        // An idle time of some thousand years is no reason to have been here before Christ.
        let seen_at = seen_at.max(DateTime::UNIX_EPOCH);
        match &self.facts {
            // The column is in whole seconds, rounded up.
            Some(facts) if seen_at - facts.seen_at > TimeDelta::seconds(1) => {
                Facts { seen_at, ..facts.clone() }
            }
            Some(facts) => facts.clone(),
            None => Facts::guess(id, rules.table, seen_at),
        }
    }

    /// The row after a use, with another lifetime if one is given.
    pub(super) fn touched(&self, id: &SessionId, lifetime: Option<Lifetime>, rules: Rules) -> Next {
        self.next(self.members.clone(), self.facts(id, rules), self.facts.is_some(), lifetime, rules)
    }

    /// The row after a save.
    pub(super) fn updated(&self, id: &SessionId, change: &Change, rules: Rules) -> Next {
        self.saved(self.facts(id, rules), change, self.facts.is_some(), rules)
    }

    /// The row under another id, which keeps the handle.
    pub(super) fn renewed(
        &self,
        old: &SessionId,
        change: &Change,
        proof: Option<&Proof>,
        rules: Rules,
    ) -> Next {
        let mut facts = self.facts(old, rules);
        if let Some(proof) = proof {
            facts.is_proven_now = true;
            facts.credential = proof.credential.clone().or(facts.credential);
        }
        self.saved(facts, change, true, rules)
    }

    fn saved(&self, facts: Facts, change: &Change, keeps_facts: bool, rules: Rules) -> Next {
        let mut members = self.members.clone();
        members.merge(change, &RESERVED);
        let facts = Facts { version: facts.version.wrapping_add(1), ..facts };
        self.next(members, facts, keeps_facts, change.lifetime, rules)
    }

    fn next(
        &self,
        members: Members,
        mut facts: Facts,
        keeps_facts: bool,
        lifetime: Option<Lifetime>,
        rules: Rules,
    ) -> Next {
        let (idle, persistent) = match lifetime {
            Some(lifetime) => {
                facts.deadline = lifetime.absolute.map(|absolute| after(facts.created_at, absolute));
                facts.idle = kept_idle(lifetime, rules);
                (idle_of(lifetime, rules), lifetime.persistent)
            }
            None => (self.idle(rules), self.cookie.is_persistent()),
        };
        let keeps_facts = keeps_facts || facts.deadline.is_some() || facts.idle.is_some();
        let cookie = self.cookie.clone().begun(persistent.then_some(idle), idle);
        Next {
            sess: compose(&members, cookie, keeps_facts.then(|| facts.seen_now())),
            left: idle,
            deadline: facts.deadline,
            only_longer: lifetime.is_none(),
            handle: facts.id,
            version: version(&members, keeps_facts.then_some(&facts)),
        }
    }

    /// The row of another session in the place of this one.
    pub(super) fn restarted(
        &self,
        new: &SessionId,
        change: &Change,
        restart: &Restart,
        rules: Rules,
    ) -> Next {
        let mut members = self.members.clone();
        members.merge(change, &RESERVED);
        members.retain(|name| !name.is_some_and(|name| RESERVED.contains(&name)));
        let cookie = Cookie::new(restart.cookie.as_ref());
        begun(
            new,
            members,
            cookie,
            (restart.owner.clone(), restart.credential.clone()),
            restart.lifetime,
            rules,
        )
    }
}

/// The row of a new session.
pub(super) fn created(id: &SessionId, new: &NewSession, rules: Rules) -> Next {
    let mut members = Members::default();
    members.merge(&Change { set: new.data.clone(), ..Change::default() }, &RESERVED);
    let who = (new.owner.clone(), new.credential.clone());
    begun(id, members, Cookie::new(new.cookie.as_ref()), who, new.lifetime, rules)
}

fn begun(
    id: &SessionId,
    members: Members,
    cookie: Cookie,
    (owner, credential): (Option<String>, Option<String>),
    lifetime: Lifetime,
    rules: Rules,
) -> Next {
    let idle = idle_of(lifetime, rules);
    let left = lifetime.absolute.map_or(idle, |absolute| absolute.min(idle));
    // The times in here are never written: `begun_now` puts those of the database in their place.
    let facts = Facts {
        owner,
        credential,
        idle: kept_idle(lifetime, rules),
        ..Facts::guess(id, rules.table, DateTime::<Utc>::UNIX_EPOCH)
    };
    let has_facts = facts.owner.is_some() || lifetime.absolute.is_some() || facts.idle.is_some();
    let cookie = cookie.begun(lifetime.persistent.then_some(idle), left);
    Next {
        sess: compose(&members, cookie, has_facts.then(|| facts.begun_now(lifetime.absolute))),
        left,
        deadline: None,
        only_longer: false,
        handle: facts.id,
        version: version(&members, has_facts.then_some(&facts)),
    }
}

/// A lifetime's idle time. Of a cookie that goes with the browser, connect-pg-simple's `ttl` counts, if
/// the store was given one.
fn idle_of(lifetime: Lifetime, rules: Rules) -> Duration {
    if lifetime.persistent { lifetime.idle } else { rules.ttl.unwrap_or(lifetime.idle) }
}

/// An idle time that neither the cookie object nor the store's settings tell.
fn kept_idle(lifetime: Lifetime, rules: Rules) -> Option<u64> {
    let is_told = lifetime.persistent || rules.ttl.is_some() || lifetime.idle == DAY;
    (!is_told).then(|| u64::try_from(lifetime.idle.as_millis()).unwrap_or(u64::MAX))
}

/// The whole text: the cookie in its place, or first, as express-session writes it; the facts in theirs,
/// or last.
fn compose(members: &Members, cookie: Template, facts: Option<Template>) -> Template {
    let first = members.get(cookie::NAME).is_none().then(|| ("\"cookie\"", cookie.clone()));
    let last = facts.clone().filter(|_| members.get(facts::NAME).is_none());
    let last = last.map(|facts| ("\"_actix\"", facts));
    // By what a name says: it may be spelt otherwise, and is the same to whoever reads it.
    let kept = members.named().map(|(name, written, value)| match &facts {
        _ if name == Some(cookie::NAME) => (written, cookie.clone()),
        Some(facts) if name == Some(facts::NAME) => (written, facts.clone()),
        _ => (written, Template::from(value)),
    });
    Template::object(first.into_iter().chain(kept).chain(last))
}

/// Tells apart rows whose values differ, and, where the crate keeps count, saves of the same values. The
/// table has no column for it, and Node would not move it.
fn version(members: &Members, facts: Option<&Facts>) -> i64 {
    let mut hash = Sha256::new();
    for (name, written, value) in members.named() {
        if !name.is_some_and(|name| RESERVED.contains(&name)) {
            hash.update([written.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
        }
    }
    hash.update(facts.map_or(0, |facts| facts.version).to_le_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

fn between(earlier: DateTime<Utc>, later: DateTime<Utc>) -> Duration {
    (later - earlier).to_std().unwrap_or_default()
}
