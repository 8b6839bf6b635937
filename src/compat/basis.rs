//! What a request's values are compared with: the row as it was loaded, carried along among the values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::error::SessionError;
use crate::id::SessionId;
use crate::json::{self, Unstorable};
use crate::record::{Change, Record};

/// The values as actix-session has them: names, and JSON as text.
pub(super) type State = HashMap<String, String>;

/// The name of the entry that carries a [`Basis`] through a request.
pub(super) const ENTRY: &str = "actix_pg_session";

/// A session as it was loaded. The default is no session, from which everything differs.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Basis {
    /// Of the session key, so that another session's basis is none of this one's. No secret.
    digest: [u8; 32],
    pub(super) handle: Uuid,
    pub(super) owner: Option<String>,
    idle: Duration,
    data: HashMap<String, Box<RawValue>>,
    /// Everything that is stored goes, whatever this request has seen of it.
    #[serde(skip)]
    is_replaced: bool,
}

impl Basis {
    pub(super) fn of(id: &SessionId, record: &Record) -> Self {
        let data = record.data.iter().filter(|(name, _)| *name != ENTRY);
        Self {
            digest: *id.digest().as_bytes(),
            handle: record.handle,
            owner: record.owner.as_deref().map(str::to_owned),
            idle: record.idle,
            data: data.map(|(name, raw)| (name.to_owned(), raw.to_owned())).collect(),
            is_replaced: false,
        }
    }

    /// For values that came without one: a handler cleared them all, or wrote the map itself.
    pub(super) fn replaced(id: &SessionId, record: &Record) -> Self {
        Self { data: HashMap::new(), is_replaced: true, ..Self::of(id, record) }
    }

    /// The values for a request to work with.
    pub(super) fn to_state(&self) -> State {
        let mut state: State =
            self.data.iter().map(|(name, raw)| (name.clone(), raw.get().to_owned())).collect();
        // Strings, numbers and JSON: nothing in it could fail to be written.
        if let Ok(entry) = serde_json::to_string(self) {
            state.insert(ENTRY.to_owned(), entry);
        }
        state
    }

    /// Takes the basis out of the values, if it is still there and can be read.
    pub(super) fn take(state: &mut State) -> Option<Self> {
        serde_json::from_str(&state.remove(ENTRY)?).ok()
    }

    pub(super) fn is_of(&self, digest: &[u8; 32]) -> bool {
        self.digest == *digest
    }

    /// Whether the row has this idle time already. Its `interval` counts microseconds.
    pub(super) fn has_idle(&self, idle: Duration) -> bool {
        self.idle.abs_diff(idle) < Duration::from_millis(1)
    }

    /// What this request has changed. Only that is checked: what stands in the row has been, or was written by
    /// an administrator, who may.
    pub(super) fn difference(&self, state: &State, reserved: &[&str]) -> Result<Change, SessionError> {
        let mut change = Change { cleared: self.is_replaced, ..Change::default() };
        let mut names: Vec<_> = state.keys().collect();
        names.sort_unstable();
        for name in names {
            let text = &state[name];
            if self.data.get(name).is_some_and(|raw| raw.get() == text) {
                continue;
            }
            let raw =
                storable(name, text, reserved).map_err(|reason| SessionError::unstorable(name, reason))?;
            change.set.insert(name.as_str(), raw);
        }
        change.removed = self.data.keys().filter(|name| !state.contains_key(*name)).cloned().collect();
        change.removed.sort_unstable();
        Ok(change)
    }
}

/// Who is signed in, by the value under `name`: a text, or a number as it is written.
pub(super) fn owner(state: &State, name: &str) -> Result<Option<String>, SessionError> {
    let Some(text) = state.get(name) else { return Ok(None) };
    let owner = match text.trim_start().as_bytes().first() {
        Some(b'"') => serde_json::from_str::<Cow<'_, str>>(text).ok(),
        Some(b'-' | b'0'..=b'9') => Some(Cow::from(text.trim())),
        _ => None,
    };
    let Some(owner) = owner else { return Ok(None) };
    crate::record::check_owner(&owner).map_err(|reason| SessionError::unstorable(name, reason))?;
    Ok(Some(owner.into_owned()))
}

/// The value, if it is JSON that a row can hold.
fn storable(name: &str, text: &str, reserved: &[&str]) -> Result<Box<RawValue>, Unstorable> {
    if reserved.contains(&name) {
        return Err(Unstorable::Reserved);
    }
    json::check_name(name)?;
    let raw = RawValue::from_string(text.to_owned());
    let raw = raw.map_err(|error| Unstorable::Serialize(Box::new(error)))?;
    json::check(&raw)?;
    Ok(raw)
}
