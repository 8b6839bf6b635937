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
    pub(super) created_at: DateTime<Utc>,
    pub(super) seen_at: DateTime<Utc>,
    pub(super) authenticated_at: Option<DateTime<Utc>>,
    pub(super) deadline: Option<DateTime<Utc>>,
    /// Milliseconds that each use gives a session whose cookie goes with the browser, if that is not the
    /// store's `ttl`; express-session has no place for it.
    pub(super) idle: Option<u64>,
}

impl Facts {
    pub(super) fn of(row: &Members) -> Option<Self> {
        row.parse(NAME)
    }

    /// What can be said of a session that has none.
    pub(super) fn guess(id: &SessionId, table: TableTag, seen_at: DateTime<Utc>) -> Self {
        Self {
            id: handle(id, table),
            version: 0,
            owner: None,
            created_at: seen_at,
            seen_at,
            authenticated_at: None,
            deadline: None,
            idle: None,
        }
    }

    /// As JSON, seen now.
    pub(super) fn seen_now(&self) -> Template {
        self.written(None)
    }

    /// As JSON, of a session that begins now and ends `absolute` later in any case.
    pub(super) fn begun_now(&self, absolute: Option<Duration>) -> Template {
        self.written(Some(absolute))
    }

    fn written(&self, begins: Option<Option<Duration>>) -> Template {
        let now = || {
            let mut time = Template::default();
            time.push_time(Duration::ZERO);
            time
        };
        let then = |time: DateTime<Utc>| {
            Template::from(&*format!("\"{}\"", time.to_rfc3339_opts(SecondsFormat::Millis, true)))
        };
        let mut members = vec![
            ("\"id\"", Template::from(&*format!("\"{}\"", self.id))),
            ("\"version\"", Template::from(&*self.version.to_string())),
        ];
        if let Some(owner) = &self.owner {
            // A string has nothing in it that could fail to be written.
            let text = serde_json::to_string(owner).unwrap_or_default();
            members.push(("\"owner\"", Template::from(&*text)));
        }
        members.push(("\"createdAt\"", if begins.is_some() { now() } else { then(self.created_at) }));
        members.push(("\"seenAt\"", now()));
        match self.authenticated_at {
            _ if begins.is_some() && self.owner.is_some() => members.push(("\"authenticatedAt\"", now())),
            Some(time) if begins.is_none() => members.push(("\"authenticatedAt\"", then(time))),
            _ => {}
        }
        match (begins, self.deadline) {
            (Some(Some(absolute)), _) => {
                let mut time = Template::default();
                time.push_time(absolute);
                members.push(("\"deadline\"", time));
            }
            (None, Some(deadline)) => members.push(("\"deadline\"", then(deadline))),
            _ => {}
        }
        if let Some(idle) = self.idle {
            members.push(("\"idle\"", Template::from(&*idle.to_string())));
        }
        Template::object(members)
    }
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
