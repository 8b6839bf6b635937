//! Which sessions an administrator means.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Cursor;
use crate::Network;
use crate::record::LONGEST;

/// Which sessions are meant: those that meet every condition. Without any, all that are live.
///
/// ```
/// use std::time::Duration;
/// use actix_pg_session::admin::Filter;
///
/// let forgotten = Filter::new().signed_in(true).idle_for(Duration::from_secs(7 * 24 * 60 * 60));
/// let large_orders = Filter::new().data_path("$.cart[*] ? (@.copies > 10)");
/// # drop((forgotten, large_orders));
/// ```
///
/// The owner, and when the session began, are found by an index. For anything else rows are looked at until
/// enough of them match, the newest first; with [`began_within`](Self::began_within) beside it, only those.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Filter {
    pub(in crate::store::postgres) state: State,
    pub(in crate::store::postgres) whom: Option<Whom>,
    pub(in crate::store::postgres) owner: Option<String>,
    pub(in crate::store::postgres) has_owner: Option<bool>,
    pub(in crate::store::postgres) network: Option<Network>,
    pub(in crate::store::postgres) user_agent: Option<String>,
    pub(in crate::store::postgres) idle_for: Option<Duration>,
    pub(in crate::store::postgres) began_within: Option<Duration>,
    pub(in crate::store::postgres) began_before: Option<DateTime<Utc>>,
    pub(in crate::store::postgres) began_after: Option<DateTime<Utc>>,
    pub(in crate::store::postgres) data_contains: Option<String>,
    pub(in crate::store::postgres) data_path: Option<String>,
}

/// Whether a session goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It has not expired.
    #[default]
    Live,
    /// It has, and nobody has pruned its row yet.
    Expired,
    /// Either.
    Any,
}

/// One session: a handle, or a [`Cursor`] of a list, which is the handle and when the session began.
///
/// There is no index on handles: a random value in one more index would cost everybody who begins a session
/// more than an administrator gains. So a handle alone is searched for in the whole table, and one with a
/// beginning is found at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whom {
    pub(in crate::store::postgres) handle: Uuid,
    pub(in crate::store::postgres) created_at: Option<DateTime<Utc>>,
}

impl From<Uuid> for Whom {
    fn from(handle: Uuid) -> Self {
        Self { handle, created_at: None }
    }
}

impl From<Cursor> for Whom {
    fn from(Cursor { created_at, handle }: Cursor) -> Self {
        Self { handle, created_at: Some(created_at) }
    }
}

impl Filter {
    /// All live sessions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Live, expired, or both. Default: live.
    pub fn state(self, state: State) -> Self {
        Self { state, ..self }
    }

    /// One session, by its handle or its place in a list.
    pub fn session(self, whom: impl Into<Whom>) -> Self {
        Self { whom: Some(whom.into()), ..self }
    }

    /// Signed in as exactly this owner.
    pub fn owner(self, owner: impl Into<String>) -> Self {
        Self { owner: Some(owner.into()), ..self }
    }

    /// Signed in as anybody, or as nobody.
    pub fn signed_in(self, yes: bool) -> Self {
        Self { has_owner: Some(yes), ..self }
    }

    /// Begun from an address within this network.
    pub fn network(self, network: Network) -> Self {
        Self { network: Some(network), ..self }
    }

    /// The browser's own description of itself contains these words, in upper or lower case. Nothing in them
    /// is a wildcard.
    pub fn user_agent(self, words: impl Into<String>) -> Self {
        Self { user_agent: Some(words.into()), ..self }
    }

    /// Not saved or touched for at least this long. Reading touches only once in a while; see
    /// [`touch_after`](crate::SessionMiddlewareBuilder::touch_after).
    pub fn idle_for(self, time: Duration) -> Self {
        Self { idle_for: Some(time.min(LONGEST)), ..self }
    }

    /// Begun no longer ago than this, by the database's clock.
    pub fn began_within(self, time: Duration) -> Self {
        Self { began_within: Some(time.min(LONGEST)), ..self }
    }

    /// Begun before this moment.
    pub fn began_before(self, time: DateTime<Utc>) -> Self {
        Self { began_before: Some(time), ..self }
    }

    /// Begun at this moment or later.
    pub fn began_after(self, time: DateTime<Utc>) -> Self {
        Self { began_after: Some(time), ..self }
    }

    /// The data contains this JSON, as `jsonb`'s `@>` understands it: `{"role": "editor"}`.
    pub fn data_contains(self, json: impl Into<String>) -> Self {
        Self { data_contains: Some(json.into()), ..self }
    }

    /// This SQL/JSON path finds something in the data other than `false` and `null`. `$.cart` is "has a
    /// cart", `$.cart[*] ? (@.copies > 10)` looks into it, and a predicate such as `$.role == "editor"` has to be
    /// true.
    pub fn data_path(self, path: impl Into<String>) -> Self {
        Self { data_path: Some(path.into()), ..self }
    }
}
