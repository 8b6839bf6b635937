//! A session as one request sees it: what was loaded, and what is to become of it.

mod edits;
mod history;
mod saving;

use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use crate::changes::Changes;
use crate::config::Config;
use crate::decide::Intent;
use crate::error::SessionError;
use crate::events::EndReason;
use crate::id::SessionId;
use crate::policy::{Dialect, Policy};
use crate::record::{Data, Lifetime, Proof, Record};
use crate::{javascript, json};

pub(crate) use edits::Edits;
use history::History;
pub(crate) use saving::Work;

/// The state behind a [`Session`](crate::Session). Every mutation goes through
/// [`edit`](Self::edit), [`begin`](Self::begin) or [`destroy`](Self::destroy), the only doors.
#[derive(Debug)]
pub(crate) struct Draft {
    base: Base,
    changes: Changes,
    intent: Intent,
    /// Who signs in, when the intent is a login.
    owner: Option<String>,
    /// The version of the credentials that they sign in with.
    credential: Option<String>,
    /// Whoever is signed in has proved again who they are.
    proof: Option<Proof>,
    /// Why the session is to end, if it is.
    end_reason: EndReason,
    lifetime: Option<Lifetime>,
    touch_asked: bool,
    unset: bool,
    /// The session was left for good, even if another was then to begin in its place.
    over: bool,
    cookie_owed: bool,
    sealed: Option<Sealed>,
    /// The id that a new session will have, once somebody has asked for it.
    planned: Option<SessionId>,
    /// Kept only where express-session's habits are followed.
    history: Option<History>,
}

/// What can still be read when the reply is on its way, and the work with it.
#[derive(Debug)]
struct Sealed {
    data: Data,
    owner: Option<String>,
    /// Known once the reply's write has made it.
    #[cfg(feature = "express")]
    id: Option<SessionId>,
}

/// What the store had.
#[derive(Debug)]
pub(crate) enum Base {
    /// Nothing.
    Fresh,
    /// Nothing that this request may use, and a cookie that it must not overwrite. The id is the one
    /// that it came with, for a sign-out.
    Late(SessionId),
    /// A session.
    Live(Live),
}

/// A loaded session.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) id: SessionId,
    pub(crate) record: Box<Record>,
    pub(crate) loaded: Instant,
    pub(crate) signed_with_old_key: bool,
}

impl Live {
    pub(crate) fn new(id: SessionId, record: Box<Record>, signed_with_old_key: bool) -> Self {
        Self { id, record, loaded: Instant::now(), signed_with_old_key }
    }
}

impl Draft {
    pub(crate) fn new(base: Base, policy: &Policy) -> Self {
        let history = (policy.dialect == Dialect::Express).then(|| History::begin(&base, policy));
        Self {
            base,
            planned: None,
            history,
            changes: Changes::default(),
            intent: Intent::Keep,
            owner: None,
            credential: None,
            proof: None,
            end_reason: EndReason::default(),
            lifetime: None,
            touch_asked: false,
            unset: false,
            over: false,
            cookie_owed: false,
            sealed: None,
        }
    }

    // Reading.

    pub(crate) fn live(&self) -> Option<&Live> {
        match &self.base {
            Base::Live(live) => Some(live),
            Base::Fresh | Base::Late(_) => None,
        }
    }

    /// The id that the request came with, if it is worth anything.
    pub(crate) fn id(&self) -> Option<&SessionId> {
        match &self.base {
            Base::Live(live) => Some(&live.id),
            Base::Late(id) => Some(id),
            Base::Fresh => None,
        }
    }

    pub(crate) fn is_late(&self) -> bool {
        matches!(self.base, Base::Late(_))
    }

    pub(crate) fn intent(&self) -> Intent {
        self.intent
    }

    pub(crate) fn is_changed(&self) -> bool {
        !self.changes.is_empty() || self.lifetime.is_some()
    }

    /// Whether the session that was loaded is to end in any case.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        if let Some(sealed) = &self.sealed {
            return sealed.data.get(name);
        }
        self.changes.view(name, self.live().map(|live| &live.record.data))
    }

    /// All values as this request sees them.
    pub(crate) fn data(&self) -> Data {
        if let Some(sealed) = &self.sealed {
            return sealed.data.clone();
        }
        let base = self.live().map(|live| live.record.data.clone()).unwrap_or_default();
        if self.changes.is_empty() { base } else { self.changes.to_change(0).apply(&base) }
    }

    /// Who is signed in, counting a login that is about to be saved.
    pub(crate) fn owner(&self) -> Option<&str> {
        if let Some(sealed) = &self.sealed {
            return sealed.owner.as_deref();
        }
        match self.intent {
            Intent::Login => self.owner.as_deref(),
            Intent::Regenerate | Intent::Destroy => None,
            Intent::Keep | Intent::Renew => self.live().and_then(|live| live.record.owner.as_deref()),
        }
    }

    /// The version of the credentials of whoever is signed in, counting what is about to be saved.
    pub(crate) fn credential(&self) -> Option<&str> {
        match (self.intent, &self.proof) {
            (Intent::Login, _) => self.credential.as_deref(),
            (Intent::Regenerate | Intent::Destroy, _) => None,
            (_, Some(Proof { credential: Some(credential) })) => Some(credential),
            _ => self.live().and_then(|live| live.record.credential.as_deref()),
        }
    }

    /// Whether the session will have another id than the one that was loaded.
    pub(crate) fn will_have_new_id(&self) -> bool {
        self.live().is_none() || self.intent != Intent::Keep
    }

    /// The id that the session will have, drawn by `new_id` at the first call if it is another one.
    #[cfg(feature = "express")]
    pub(crate) fn id_to_be(
        &mut self,
        new_id: impl FnOnce() -> Result<SessionId, SessionError>,
    ) -> Result<SessionId, SessionError> {
        if let Some(Sealed { id: Some(id), .. }) = &self.sealed {
            return Ok(id.clone());
        }
        match (self.live(), &self.planned) {
            // Also of a session that is over: its name stays its name.
            (Some(live), _) if !self.will_have_new_id() || self.intent == Intent::Destroy => {
                Ok(live.id.clone())
            }
            (_, Some(planned)) => Ok(planned.clone()),
            (_, None) => {
                let id = new_id()?;
                Ok(self.planned.insert(id).clone())
            }
        }
    }

    /// A lifetime that this request has given the session, and that is not saved yet.
    pub(crate) fn new_lifetime(&self) -> Option<Lifetime> {
        self.lifetime
    }

    #[cfg(feature = "express")]
    pub(crate) fn is_touch_asked(&self) -> bool {
        self.touch_asked
    }

    /// Whether the cookie is to have a `Max-Age`.
    pub(crate) fn is_persistent(&self, config: &Config) -> bool {
        let restarts = matches!(self.intent, Intent::Login | Intent::Regenerate);
        match (self.lifetime, self.live()) {
            (Some(lifetime), _) => lifetime.persistent,
            (None, Some(live)) if !restarts => live.record.persistent,
            (None, _) => config.options.lifetime.persistent,
        }
    }

    /// Whether two values are the same; to express-session the order within objects counts.
    fn is_same(&self, a: &RawValue, b: &RawValue) -> bool {
        match self.history {
            Some(_) => javascript::same_value(a, b),
            None => json::same(a, b),
        }
    }

    // Writing.

    /// Changes the session, unless it is over.
    pub(crate) fn edit<T>(&mut self, f: impl FnOnce(&mut Edits<'_>) -> T) -> Result<T, SessionError> {
        if self.is_sealed() {
            return Err(SessionError::sealed());
        }
        // What would be dropped in the end is refused at once.
        if self.intent == Intent::Destroy || self.unset {
            return Err(SessionError::destroyed());
        }
        Ok(f(&mut Edits(self)))
    }

    /// Ends the session, also after an `unset`. Twice is once.
    pub(crate) fn destroy(&mut self, reason: EndReason) -> Result<(), SessionError> {
        if self.is_sealed() {
            return Err(SessionError::sealed());
        }
        self.changes.clear();
        self.sign_nobody_in();
        self.end_reason = reason;
        self.lifetime = None;
        self.unset = false;
        self.over = true;
        self.intent = Intent::Destroy;
        Ok(())
    }

    /// Begins a new session in place of this one, be it destroyed or not.
    pub(crate) fn begin(
        &mut self,
        owner: Option<String>,
        credential: Option<String>,
    ) -> Result<(), SessionError> {
        if self.is_sealed() {
            return Err(SessionError::sealed());
        }
        // Another person's values must not become this person's.
        let keeps_values = owner.is_some()
            && self.intent != Intent::Destroy
            && self.owner().is_none_or(|before| Some(before) == owner.as_deref());
        if !keeps_values {
            self.changes.clear();
            self.lifetime = None;
        }
        self.over |= owner.is_none();
        self.intent = if owner.is_some() { Intent::Login } else { Intent::Regenerate };
        self.sign_nobody_in();
        self.owner = owner;
        self.credential = credential;
        self.unset = false;
        self.leave_id();
        Ok(())
    }

    /// Takes back a sign-in, and a proof of who is there.
    fn sign_nobody_in(&mut self) {
        self.owner = None;
        self.credential = None;
        self.proof = None;
    }

    /// The session is to have another id, and another than one planned before.
    fn leave_id(&mut self) {
        self.planned = None;
        if let Some(history) = &mut self.history {
            history.has_other_id = true;
        }
    }

    /// No verb changes anything any more: the reply is on its way.
    pub(crate) fn seal(&mut self) {
        self.sealed = Some(Sealed {
            data: self.data(),
            owner: self.owner().map(str::to_owned),
            #[cfg(feature = "express")]
            id: None,
        });
    }

    /// The reply's write is done, and this is the session's id.
    #[cfg(feature = "express")]
    pub(crate) fn note_id(&mut self, id: &SessionId) {
        if let Some(sealed) = &mut self.sealed {
            sealed.id = Some(id.clone());
        }
    }
}

/// The time that a loaded session has left, by the store's clock and ours since then.
pub(crate) fn time_left(live: &Live) -> Duration {
    live.record.remaining.saturating_sub(live.loaded.elapsed())
}

/// How long ago the owner proved who they are, by the store's clock and ours since it was read.
pub(crate) fn authentication_age(live: &Live) -> Option<Duration> {
    let record = &live.record;
    let at_last_use = record.seen_at - record.authenticated_at?;
    Some(at_last_use.to_std().unwrap_or_default() + record.since_seen + live.loaded.elapsed())
}

#[cfg(test)]
mod tests;
