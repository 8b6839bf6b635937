//! What a session can say of itself.

use std::time::Duration;

use uuid::Uuid;

use super::Session;
use crate::decide::Intent;
use crate::draft::{authentication_age, time_left};

impl<M> Session<M> {
    /// What this request has done to the session so far.
    pub fn status(&self) -> SessionStatus {
        self.read(|draft| match draft.intent() {
            Intent::Destroy => SessionStatus::Purged,
            Intent::Renew | Intent::Login | Intent::Regenerate => SessionStatus::Renewed,
            Intent::Keep if draft.is_changed() => SessionStatus::Changed,
            Intent::Keep => SessionStatus::Unchanged,
        })
    }

    /// Who is signed in, counting a [`login`](Self::login) of this request.
    pub fn owner(&self) -> Option<String> {
        self.read(|draft| draft.owner().map(str::to_owned))
    }

    /// The public handle of the stored session: names it in logs and device lists, and is no use as
    /// a cookie. `None` before the first save; a login or `regenerate` gives the session another.
    pub fn handle(&self) -> Option<Uuid> {
        self.read(|draft| draft.live().map(|live| live.record.handle))
    }

    /// When the owner of the stored session last proved who they are, by the database's clock.
    pub fn authenticated_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.read(|draft| draft.live().and_then(|live| live.record.authenticated_at))
    }

    /// How long ago that was, by the database's clock: what to ask before something that a thief of
    /// the session must not do (OWASP ASVS 5.0 §7.5.1). `None` when nobody is signed in. A login of this
    /// request does not count before it is saved.
    pub fn authentication_age(&self) -> Option<Duration> {
        self.read(|draft| draft.live().and_then(authentication_age))
    }

    /// When the stored session began, by the database's clock.
    pub fn created_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.read(|draft| draft.live().map(|live| live.record.created_at))
    }

    /// How long the stored session has left if it is not used again.
    pub fn expires_in(&self) -> Option<Duration> {
        self.read(|draft| draft.live().map(time_left))
    }
}

/// What a request has done to its session. The names are actix-session's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// Nothing.
    Unchanged,
    /// Stored or removed values.
    Changed,
    /// Asked for a new id.
    Renewed,
    /// Ended it.
    Purged,
}
