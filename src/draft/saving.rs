//! The end of a draft: what is known of it then, and what is taken out to be saved.

use super::{Base, Draft, Live};
use crate::changes::Changes;
use crate::config::Config;
use crate::decide::{Ended, Intent, Origin};
use crate::events::EndReason;
use crate::id::SessionId;
use crate::record::{Change, Lifetime, Proof};

impl Draft {
    /// What [`decide`](crate::decide::decide) needs to know.
    pub(crate) fn ended(&self, config: &Config, cookie_presented: bool, failed: bool) -> Ended {
        let origin = match self.base {
            Base::Fresh => Origin::Fresh,
            Base::Late(_) => Origin::Late,
            Base::Live(_) => Origin::Live,
        };
        let touch_due = |live: &Live| {
            let record = &live.record;
            config.options.policy.touch.is_due(record.idle, record.since_seen)
        };
        Ended {
            origin,
            intent: self.intent,
            over: self.over,
            // A new session is made of values; where none is left, there is nothing to make.
            changed: if origin == Origin::Live { self.is_changed() } else { !self.data().is_empty() },
            unset: self.unset,
            touch_due: self.touch_asked || self.live().is_some_and(touch_due),
            signed_with_old_key: self.live().is_some_and(|live| live.signed_with_old_key),
            persistent: self.is_persistent(config)
                // To take a `Max-Age` back, it must be said again; express-session does not.
                || (self.lifetime.is_some() && self.history.is_none()),
            cookie_owed: self.cookie_owed,
            cookie_presented,
            failed,
            express: self
                .history
                .as_ref()
                .map(|history| history.facts(&self.data(), self.lifetime.is_some())),
        }
    }

    /// Hands over what is to be saved. The draft is as freshly loaded afterwards.
    pub(crate) fn take_work(&mut self) -> Work {
        self.intent = Intent::Keep;
        self.over = false;
        self.touch_asked = false;
        Work {
            changes: std::mem::take(&mut self.changes),
            owner: self.owner.take(),
            credential: self.credential.take(),
            proof: self.proof.take(),
            end_reason: self.end_reason,
            lifetime: self.lifetime.take(),
            planned: self.planned.take(),
        }
    }

    /// What there is now is about to be saved, in the middle of the request.
    pub(crate) fn note_save(&mut self) {
        if self.history.is_none() {
            return;
        }
        let now = self.data();
        if let Some(history) = &mut self.history {
            history.saved = Some(now);
        }
    }

    /// Takes what the store has after a save in the middle of a request.
    pub(crate) fn rebase(&mut self, base: Base, cookie_owed: bool) {
        self.cookie_owed |= cookie_owed;
        self.base = base;
    }

    /// The session was destroyed by a save in the middle of the request; what is left to do is the
    /// removal of the cookie.
    pub(crate) fn destroyed_already(&mut self) {
        self.base = Base::Fresh;
        self.intent = Intent::Destroy;
    }

    /// Takes back what a failed request has stored, and its sign-in; what else it wanted done with the
    /// session as a whole stands.
    pub(crate) fn drop_values(&mut self) {
        self.changes = Changes::default();
        self.lifetime = None;
        self.sign_nobody_in();
        match self.intent {
            // The session keeps what it was, its lifetime too, under a new id.
            Intent::Login => self.intent = Intent::Renew,
            Intent::Regenerate => self.changes.clear(),
            _ => {}
        }
    }

    /// Forgets everything that this request has done.
    pub(crate) fn forget(&mut self) {
        self.changes = Changes::default();
        self.lifetime = None;
        self.sign_nobody_in();
        self.intent = Intent::Keep;
        self.touch_asked = false;
        self.unset = false;
        self.over = false;
    }
}

/// What a save takes out of a draft.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) changes: Changes,
    pub(crate) owner: Option<String>,
    pub(crate) credential: Option<String>,
    pub(crate) proof: Option<Proof>,
    pub(crate) end_reason: EndReason,
    pub(crate) lifetime: Option<Lifetime>,
    /// The id for a session that is to have a new one, if the handler has been told it already.
    pub(crate) planned: Option<SessionId>,
}

impl Work {
    /// The difference to send, for a row of this version.
    pub(crate) fn to_change(&self, version: i64) -> Change {
        Change { lifetime: self.lifetime, ..self.changes.to_change(version) }
    }
}
