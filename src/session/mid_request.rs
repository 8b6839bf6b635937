//! The verbs that go to the store before the handler returns.

use std::sync::Arc;

use super::{Inner, Session};
use crate::commit::{Outcome, Plan, enact, within};
use crate::decide::{CookieMove, Write, decide, express};
use crate::detached::Detached;
use crate::draft::{Base, Draft, Live};
use crate::error::SessionError;
use crate::policy::Dialect;
use crate::store::Loaded;
use crate::telemetry;

impl<M> Session<M> {
    /// Saves now, instead of when the handler returns: for a row that somebody else is about to
    /// read, or before a long wait.
    ///
    /// Cost: the statement that would have come at the end, and one to read the row again.
    ///
    /// # Cancellation
    ///
    /// A save that has begun completes even if this future is dropped. Let one that renews or signs in
    /// finish, though: the request would not learn the new id, and so could not tell the browser.
    ///
    /// # Errors
    ///
    /// When the session is sealed; or when the store failed. Then this request has forgotten its
    /// changes, and does not know whether they were written.
    pub async fn save(&self) -> Result<(), SessionError> {
        let (plan, cookie_owed) = self.due()?;
        let outcome = enact(plan).await?;
        self.settle(outcome, cookie_owed).await
    }

    /// What is to be saved now, and whether the browser is to be told of it.
    pub(super) fn due(&self) -> Result<(Plan, bool), SessionError> {
        let mut draft = self.inner.draft.borrow_mut();
        if draft.is_sealed() {
            return Err(SessionError::sealed());
        }
        let ended = draft.ended(&self.inner.config, self.inner.arrival.presented, false);
        let decision = decide(&self.inner.config.options.policy, ended);
        let write = match ended.express {
            Some(_) => express::save(ended),
            None => decision.write,
        };
        draft.note_save();
        Ok((self.inner.plan(write, &mut draft), decision.cookie == CookieMove::Set))
    }

    /// Takes up what the store has after a save.
    pub(super) async fn settle(&self, outcome: Outcome, cookie_owed: bool) -> Result<(), SessionError> {
        match outcome {
            Outcome::Nothing => Ok(()),
            Outcome::Live { id, .. } => {
                self.inner.moved_to(Some(&id));
                let base = match within(&self.inner.config, self.inner.config.store.load(&id)).await? {
                    Loaded::Live(record) => Base::Live(Live::new(id, record, false)),
                    // Ended within the last moment: nothing more to do with it, and no cookie.
                    Loaded::Ended | Loaded::Absent => Base::Late(id),
                };
                self.inner.draft.borrow_mut().rebase(base, cookie_owed);
                Ok(())
            }
            Outcome::Deleted => {
                self.inner.moved_to(None);
                self.inner.draft.borrow_mut().destroyed_already();
                Ok(())
            }
            Outcome::Gone(id) => {
                self.inner.moved_to(None);
                self.inner.draft.borrow_mut().rebase(Base::Late(id), false);
                Ok(())
            }
        }
    }

    /// Drops what this request did and reads the session again, past any cache.
    ///
    /// Cost: one query. Answers whether there still is a session. Under
    /// [`express_defaults`](crate::SessionMiddlewareBuilder::express_defaults) nothing is dropped when
    /// there is none, nor when this request has asked for another id that is not saved yet.
    ///
    /// # Errors
    ///
    /// When the store failed, or the session is sealed.
    pub async fn reload(&self) -> Result<bool, SessionError> {
        let (id, signed_with_old_key) = {
            let mut draft = self.inner.draft.borrow_mut();
            if draft.is_sealed() {
                return Err(SessionError::sealed());
            }
            if self.inner.config.options.policy.dialect == Dialect::Express {
                if draft.will_have_new_id() {
                    return Ok(false);
                }
            } else {
                draft.forget();
            }
            match draft.live() {
                Some(live) => (live.id.clone(), live.signed_with_old_key),
                None => return Ok(false),
            }
        };
        let loaded = within(&self.inner.config, self.inner.config.store.refresh(&id)).await?;
        let mut draft = self.inner.draft.borrow_mut();
        match loaded {
            Loaded::Live(record) => {
                draft.forget();
                draft.rebase(Base::Live(Live::new(id, record, signed_with_old_key)), false);
                Ok(true)
            }
            Loaded::Ended | Loaded::Absent => {
                if self.inner.config.options.policy.dialect == Dialect::Own {
                    draft.rebase(Base::Late(id), false);
                }
                Ok(false)
            }
        }
    }

    /// A handle for work that outlives the response, or runs on another thread: a stream of
    /// server-sent events, a WebSocket, a spawned task. It goes to the store with each call.
    ///
    /// It follows the session through this request's renewal or login. Until a new session is first
    /// saved there is nothing that it could reach.
    pub fn detach(&self) -> Detached {
        self.inner.detached()
    }
}

impl Inner {
    /// Takes out of the draft what a write needs.
    pub(crate) fn plan(&self, write: Write, draft: &mut Draft) -> Plan {
        if draft.is_late() && draft.is_changed() && write == Write::Nothing {
            telemetry::late_change_dropped();
        }
        let begins = matches!(write, Write::Create | Write::Restart);
        Plan {
            config: Arc::clone(&self.config),
            write,
            cookie: begins.then(|| self.config.cookie.attributes(self.arrival.over_tls)),
            id: draft.id().cloned(),
            loaded: draft.live().map(|live| live.record.clone()),
            work: draft.take_work(),
            client: self.arrival.client(),
        }
    }
}
