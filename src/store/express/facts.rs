//! What the crate keeps of a session and express-session has no place for: one more member.
//!
//! It is only there when it has something to say: a session has an owner, a deadline, or was given
//! another id. To Express it is a value like any other, which its saves carry along and its
//! `regenerate` drops with the rest.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::template::Template;
use super::text::Members;
use crate::id::SessionId;

/// The member's name.
pub(super) const NAME: &str = "_actix";

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Facts {
    /// The public handle.
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) owner: Option<String>,
    pub(super) credential: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) seen_at: DateTime<Utc>,
    pub(super) authenticated_at: Option<DateTime<Utc>>,
    /// They are about to be written because the owner has proved again who they are.
    #[serde(skip)]
    pub(super) is_proven_now: bool,
    pub(super) deadline: Option<DateTime<Utc>>,
    /// Milliseconds that each use gives a session whose cookie goes with the browser, if that is not the
    /// store's `ttl`; express-session has no place for it.
    pub(super) idle: Option<u64>,
}

impl Facts {
    /// None, too, if it tells of times before there were any sessions, which PostgreSQL may not even know.
    pub(super) fn of(row: &Members) -> Option<Self> {
        row.parse(NAME).filter(|facts: &Self| {
            let times = [Some(facts.created_at), Some(facts.seen_at), facts.authenticated_at];
            times.into_iter().flatten().all(|time| time >= DateTime::UNIX_EPOCH)
        })
    }

    /// What can be said of a session that has none.
    pub(super) fn guess(id: &SessionId, table: TableTag, seen_at: DateTime<Utc>) -> Self {
        Self {
            id: handle(id, table),
            version: 0,
            owner: None,
            credential: None,
            created_at: seen_at,
            seen_at,
            authenticated_at: None,
            is_proven_now: false,
            deadline: None,
            idle: None,
        }
    }

    /// As JSON, of a session that is used now.
    pub(super) fn seen_now(&self) -> Template {
        let authenticated_at = self.authenticated_at.map(|time| match self.is_proven_now {
            true => from_now(Duration::ZERO),
            false => written(time),
        });
        self.object(written(self.created_at), authenticated_at, self.deadline.map(written))
    }

    /// As JSON, of a session that begins now and ends `absolute` later in any case.
    pub(super) fn begun_now(&self, absolute: Option<Duration>) -> Template {
        let authenticated_at = self.owner.as_ref().map(|_| from_now(Duration::ZERO));
        self.object(from_now(Duration::ZERO), authenticated_at, absolute.map(from_now))
    }

    fn object(
        &self,
        created_at: Template,
        authenticated_at: Option<Template>,
        deadline: Option<Template>,
    ) -> Template {
        let text = |text: String| Template::from(&*text);
        // A string has nothing in it that could fail to be written.
        let quoted = |string: &String| text(serde_json::to_string(string).unwrap_or_default());
        let members = [
            ("\"id\"", Some(text(format!("\"{}\"", self.id)))),
            ("\"version\"", Some(text(self.version.to_string()))),
            ("\"owner\"", self.owner.as_ref().map(quoted)),
            ("\"credential\"", self.credential.as_ref().map(quoted)),
            ("\"createdAt\"", Some(created_at)),
            ("\"seenAt\"", Some(from_now(Duration::ZERO))),
            ("\"authenticatedAt\"", authenticated_at),
            ("\"deadline\"", deadline),
            ("\"idle\"", self.idle.map(|idle| text(idle.to_string()))),
        ];
        Template::object(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
    }
}

/// A time that the database has told.
fn written(time: DateTime<Utc>) -> Template {
    Template::from(&*format!("\"{}\"", time.to_rfc3339_opts(SecondsFormat::Millis, true)))
}

/// A time that the database is to tell.
fn from_now(by: Duration) -> Template {
    let mut time = Template::default();
    time.push_time(by);
    time
}

/// The first bytes of the handles that a table's sessions have, by which an import knows its own again.
pub(super) type TableTag = [u8; 2];

/// The public handle of a session that has no other: made of its id, which cannot be found again.
pub(super) fn handle(id: &SessionId, [first, second]: TableTag) -> Uuid {
    let mut bytes = [0; 16];
    // The second half: the first is what `Debug` of a digest prints some of.
    bytes.copy_from_slice(&id.digest().as_bytes()[16..]);
    (bytes[0], bytes[1]) = (first, second);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
