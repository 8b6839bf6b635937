//! The parts of a request one by one, for `bench/` to measure. Nobody else's: it changes without notice.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use chrono::DateTime;
use uuid::Uuid;

use crate::config::Config;
use crate::decide::decide;
use crate::draft::{Base, Draft, Live};
use crate::{ConfigError, Data, MemoryStore, Record, SessionError, SessionId, SessionMiddleware};

/// A middleware with its defaults, taken apart, and a session.
#[derive(Debug)]
pub struct Parts {
    config: Arc<Config>,
    id: SessionId,
    data: Data,
}

impl Parts {
    /// With this secret, and a session of these values.
    ///
    /// # Errors
    ///
    /// When the secret is too short.
    pub fn new(secret: &str, data: Data) -> Result<Self, ConfigError> {
        let middleware: SessionMiddleware = SessionMiddleware::builder(MemoryStore::new(), secret).build()?;
        let id = SessionId::from_secret("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
        Ok(Self { config: Arc::clone(middleware.config()), id, data })
    }

    /// The value of the session's cookie, signed.
    #[must_use]
    pub fn sign(&self) -> String {
        self.config.keys.sign(&self.id)
    }

    /// Whether a cookie's value is believed.
    #[must_use]
    pub fn verify(&self, value: &[u8]) -> bool {
        self.config.keys.verify(value).is_ok()
    }

    /// The `Set-Cookie` that hands `value` out.
    #[must_use]
    pub fn set_cookie(&self, value: &str) -> Option<HeaderValue> {
        let cookie = &self.config.cookie;
        cookie.set(value, Some(Duration::from_secs(14 * 24 * 60 * 60)), &cookie.attributes(true)).ok()
    }

    /// The session, as a request has it after loading.
    #[must_use]
    pub fn draft(&self) -> PartsDraft {
        let record = Record {
            handle: Uuid::nil(),
            data: self.data.clone(),
            owner: None,
            credential: None,
            created_at: DateTime::UNIX_EPOCH,
            seen_at: DateTime::UNIX_EPOCH,
            authenticated_at: None,
            idle: Duration::from_secs(14 * 24 * 60 * 60),
            deadline: None,
            persistent: true,
            version: 1,
            remaining: Duration::from_secs(14 * 24 * 60 * 60),
            since_seen: Duration::ZERO,
            cookie: None,
        };
        let base = Base::Live(Live::new(self.id.clone(), Box::new(record), false));
        PartsDraft(Draft::new(base, &self.config.options.policy))
    }

    /// Stores a value in the draft.
    ///
    /// # Errors
    ///
    /// When the value is none that can be stored.
    pub fn insert(&self, draft: &mut PartsDraft, name: &str, value: u64) -> Result<(), SessionError> {
        let value = self.config.encode(name, &value)?;
        let limit = self.config.options.max_data_bytes;
        draft
            .0
            .edit(|edits| edits.set(name, value, limit))?
            .map_err(|why| SessionError::unstorable(name, why))
    }

    /// Merges the draft's difference into the values, as a store does.
    #[must_use]
    pub fn apply(&self, draft: &mut PartsDraft) -> Data {
        draft.0.take_work().to_change(1).apply(&self.data)
    }

    /// Decides what is written and which cookie goes out; whether it is anything at all.
    #[must_use]
    pub fn decide(&self, draft: &PartsDraft) -> bool {
        let ended = draft.0.ended(&self.config, true, false);
        let decision = decide(&self.config.options.policy, ended);
        decision.write != crate::decide::Write::Nothing
    }
}

/// A request's view of its session.
#[derive(Debug)]
pub struct PartsDraft(Draft);
