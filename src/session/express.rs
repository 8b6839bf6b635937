//! What `req.session` and its `cookie` have in Express and a session has nowhere else.

use std::time::Duration;

use super::Session;
use crate::config::DAY;
use crate::decide::Intent;
use crate::draft::time_left;
use crate::error::SessionError;
use crate::record::Lifetime;

impl<M> Session<M> {
    /// express-session's `req.sessionID`: the secret that the cookie carries. Feature `express`.
    ///
    /// For code that must know the session by the same name as the Node application does. Whoever has
    /// it is the visitor: it belongs in no log, page or address. [`handle`](Self::handle) is the name for
    /// those. Of a session that is new, or has asked for another id, it is the id to be, which is worth
    /// nothing until it is saved.
    ///
    /// # Errors
    ///
    /// When no id could be made.
    pub fn session_id(&self) -> Result<String, SessionError> {
        let generator = &self.inner.config.options.id_generator;
        let id = self.inner.draft.borrow_mut().id_to_be(|| generator.new_id())?;
        Ok(id.expose().to_owned())
    }

    /// express-session's `cookie.maxAge`: the time that the cookie has left, `None` for one that goes
    /// when the browser closes. Feature `express`.
    pub fn max_age(&self) -> Option<Duration> {
        let lifetime = self.lifetime();
        let left = self.read(|draft| match draft.live() {
            Some(live) if self.keeps_lifetime() && !draft.is_touch_asked() => time_left(live),
            _ => lifetime.idle,
        });
        lifetime.persistent.then_some(left)
    }

    /// express-session's `cookie.originalMaxAge`: the time that each use gives the session anew, `None`
    /// for a cookie that goes when the browser closes. Feature `express`.
    pub fn original_max_age(&self) -> Option<Duration> {
        let lifetime = self.lifetime();
        lifetime.persistent.then_some(lifetime.idle)
    }

    /// Assigns express-session's `cookie.maxAge`, for this session from now on. Feature `express`.
    ///
    /// As there, it is no modification: the row moves, and the cookie goes out only if something else
    /// makes it. [`set_lifetime`](Self::set_lifetime) also has a limit in all.
    ///
    /// # Errors
    ///
    /// As [`set_lifetime`](Self::set_lifetime).
    pub fn set_max_age(&self, max_age: impl Into<Option<Duration>>) -> Result<(), SessionError> {
        let default = self.inner.config.options.lifetime;
        // The end in any case stays what it is.
        let absolute = self.read(|draft| match (draft.new_lifetime(), draft.live()) {
            (Some(new), _) => new.absolute,
            (None, Some(live)) if self.keeps_lifetime() => {
                live.record.deadline.and_then(|deadline| (deadline - live.record.created_at).to_std().ok())
            }
            (None, _) => default.absolute,
        });
        self.set_lifetime(match max_age.into() {
            Some(idle) => Lifetime { idle, absolute, persistent: true },
            // Such a session has no lifetime of its own; connect-pg-simple gives it a day.
            None if default.persistent => Lifetime { idle: DAY, absolute, persistent: false },
            None => Lifetime { absolute, ..default },
        })
    }

    /// The lifetime that the session will have, as far as this request has got.
    fn lifetime(&self) -> Lifetime {
        let default = self.inner.config.options.lifetime;
        self.read(|draft| match (draft.new_lifetime(), draft.live()) {
            (Some(new), _) => new,
            (None, Some(live)) if self.keeps_lifetime() => {
                let record = &live.record;
                Lifetime { idle: record.idle, persistent: record.persistent, ..default }
            }
            (None, _) => default,
        })
    }

    /// Whether the stored session's lifetime is still what counts.
    fn keeps_lifetime(&self) -> bool {
        let begins = |intent| matches!(intent, Intent::Login | Intent::Regenerate);
        self.read(|draft| draft.new_lifetime().is_none() && !begins(draft.intent()))
    }
}
