//! What a store keeps of a session, and for how long.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::cookie::CookieAttributes;
use crate::error::SessionError;
use crate::json::{self, Unstorable};

/// A session's values: names and their JSON, exactly as written.
///
/// Values stay text until somebody asks for one, so a number that Rust cannot represent, written by
/// another program, is not damaged by a save of its neighbour. They keep the order in which they were
/// written, as far as the store does; `jsonb` has an order of its own. Cloning is cheap: the map is
/// shared.
#[derive(Clone, Default)]
pub struct Data(
    /// Most requests of most visitors begin and end with an empty one, which allocates nothing.
    Option<Arc<Map>>,
);

type Map = IndexMap<String, Box<RawValue>>;

impl Data {
    /// Reads a JSON object.
    ///
    /// # Errors
    ///
    /// When the text is not a JSON object.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self::of)
    }

    fn of(map: Map) -> Self {
        Self((!map.is_empty()).then(|| Arc::new(map)))
    }

    fn map_mut(&mut self) -> &mut Map {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// The JSON object, as one text.
    pub fn to_json(&self) -> String {
        // A map of strings to JSON has nothing in it that could fail to be written.
        let text = self.0.as_ref().and_then(|map| serde_json::to_string(&**map).ok());
        text.unwrap_or_else(|| String::from("{}"))
    }

    /// One value's JSON.
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.as_ref()?.get(name).map(|raw| &**raw)
    }

    /// All names and values, in the order in which they stand.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().flat_map(|map| map.iter()).map(|(name, raw)| (name.as_str(), &**raw))
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |map| map.len())
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the two are one map, shared, which is quickly told.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }

    /// Puts a value in: in the place of one of the same name, else at the end. Copies the map if it is
    /// shared.
    pub fn insert(&mut self, name: impl Into<String>, value: Box<RawValue>) {
        self.map_mut().insert(name.into(), value);
    }

    /// Takes a value out. Copies the map if it is shared.
    pub fn remove(&mut self, name: &str) -> Option<Box<RawValue>> {
        self.get(name)?;
        self.map_mut().shift_remove(name)
    }
}

/// Prints the names. Values are the visitor's, and what is printed ends up in logs.
impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Data").field(&self.iter().map(|(name, _)| name).collect::<Vec<_>>()).finish()
    }
}

/// What one entry adds to a JSON object: name, quotes, colon, comma, value.
pub(crate) fn weight_of(name: &str, raw: &RawValue) -> usize {
    name.len() + raw.get().len() + 4
}

impl FromIterator<(String, Box<RawValue>)> for Data {
    fn from_iter<I: IntoIterator<Item = (String, Box<RawValue>)>>(entries: I) -> Self {
        Self::of(entries.into_iter().collect())
    }
}

/// How long a session lives. Each row has its own, so "remember me" is a matter of one session.
///
/// The database's clock decides; the cookie's `Max-Age` is derived from the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The session ends when nobody has used it for this long (OWASP ASVS 5.0 §7.3.1).
    pub idle: Duration,
    /// The session ends this long after it began, however busy it is (ASVS §7.3.2). `None` is
    /// without such a limit, against NIST SP 800-63B-4's advice.
    pub absolute: Option<Duration>,
    /// Whether the browser keeps the cookie when it closes. `false` sends a cookie without
    /// `Max-Age`, called a session cookie; the row's lifetime is the same.
    pub persistent: bool,
}

impl Lifetime {
    /// Ends after `idle` without use, and in any case after `absolute`. The browser keeps the
    /// cookie when it closes.
    pub const fn new(idle: Duration, absolute: Duration) -> Self {
        Self { idle, absolute: Some(absolute), persistent: true }
    }

    /// The same, with a cookie that the browser drops when it closes.
    pub const fn until_browser_closes(self) -> Self {
        Self { persistent: false, ..self }
    }
}

/// Who holds a session, as far as the connection tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The address that the request came from.
    pub ip: Option<IpAddr>,
    /// The `User-Agent` header, cut to 512 bytes.
    pub user_agent: Option<String>,
}

/// A live session as a store found it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The public handle: names the session in logs, device lists and admin pages, survives a
    /// renewal, and cannot be used as a cookie.
    pub handle: Uuid,
    /// The values.
    pub data: Data,
    /// Who is signed in.
    pub owner: Option<Arc<str>>,
    /// Which version of the owner's credentials they proved who they are with, if the application said.
    pub credential: Option<Arc<str>>,
    /// When the session began, by the store's clock.
    pub created_at: DateTime<Utc>,
    /// When it was last saved or touched.
    pub seen_at: DateTime<Utc>,
    /// When the owner last proved who they are.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// How long it lives without use.
    pub idle: Duration,
    /// When it ends in any case.
    pub deadline: Option<DateTime<Utc>>,
    /// Whether the browser keeps the cookie when it closes.
    pub persistent: bool,
    /// Moves with each save, not with a touch.
    pub version: i64,
    /// How long the session had left when the store read it, measured by the store's clock.
    pub remaining: Duration,
    /// How long before that it was last saved or touched.
    pub since_seen: Duration,
    /// The cookie's attributes, if the session has its own; see [`CookieAttributes`].
    pub cookie: Option<CookieAttributes>,
}

impl Record {
    /// One value.
    ///
    /// # Errors
    ///
    /// When the value is there but is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SessionError> {
        self.data.get(name).map(|raw| decode(name, raw)).transpose()
    }
}

/// Reads one value as the type that the caller expects.
pub(crate) fn decode<T: DeserializeOwned>(name: &str, raw: &RawValue) -> Result<T, SessionError> {
    serde_json::from_str(raw.get()).map_err(|error| SessionError::decode::<T>(name, &error))
}

/// A session about to be created.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The values it starts with.
    pub data: Data,
    /// Who signs in with it; `authenticated_at` is set when there is somebody.
    pub owner: Option<String>,
    /// The version of the credentials that they sign in with, if the application says.
    pub credential: Option<String>,
    /// Who asked for it.
    pub client: Client,
    /// How long it is to live.
    pub lifetime: Lifetime,
    /// The cookie's attributes, if the session is to keep its own. A store need not.
    pub cookie: Option<CookieAttributes>,
}

/// The difference that a save sends. The row merges it: `data = (data - removed) || set`.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Drop everything that is stored before merging.
    pub cleared: bool,
    /// Values to put in.
    pub set: Data,
    /// Names to take out.
    pub removed: Vec<String>,
    /// A new lifetime; the deadline counts from the session's beginning, not from now.
    pub lifetime: Option<Lifetime>,
    /// Save only if the row still has this version; set when a value was computed from what was
    /// read.
    pub expected_version: Option<i64>,
}

impl Change {
    /// This change and then another, as one.
    #[cfg(feature = "postgres")]
    pub(crate) fn then(&self, next: &Self) -> Self {
        let mut both = if next.cleared {
            Self { cleared: true, lifetime: self.lifetime, ..Self::default() }
        } else {
            self.clone()
        };
        for name in &next.removed {
            both.set.remove(name);
            if !both.removed.contains(name) {
                both.removed.push(name.clone());
            }
        }
        for (name, value) in next.set.iter() {
            both.set.insert(name, value.to_owned());
        }
        both.lifetime = next.lifetime.or(both.lifetime);
        both
    }

    /// The values after this change, given the values before it. Stores without SQL, and this
    /// crate's view of an unsaved session, merge by this one function.
    pub fn apply(&self, before: &Data) -> Data {
        let mut data = if self.cleared { Data::default() } else { before.clone() };
        for name in &self.removed {
            data.remove(name);
        }
        for (name, raw) in self.set.iter() {
            data.insert(name, raw.to_owned());
        }
        data
    }
}

/// A session about to get a new id.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// What is saved with it, in the same statement.
    pub change: Change,
    /// When the new id is a new session (a sign-in, a `regenerate`) rather than the same one.
    pub restart: Option<Restart>,
    /// When the owner of the same session has just proved again who they are. A restart says so by its owner.
    pub proof: Option<Proof>,
    /// How long the old id is remembered as ended; see [`Loaded::Ended`](crate::Loaded::Ended).
    pub late_grace: Duration,
}

/// The owner of a session has proved again who they are: `authenticated_at` is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The version of the credentials that they did it with; `None` leaves that which is stored.
    pub credential: Option<String>,
}

/// A session that begins anew in the place of another: new handle, new clock.
#[derive(Clone, Debug)]
pub struct Restart {
    /// Who signs in, if it is a sign-in.
    pub owner: Option<String>,
    /// The version of the credentials that they sign in with, if the application says.
    pub credential: Option<String>,
    /// Who asked for it.
    pub client: Client,
    /// How long the new one is to live.
    pub lifetime: Lifetime,
    /// The cookie's attributes, if the new one is to keep its own. A store need not.
    pub cookie: Option<CookieAttributes>,
}

impl Client {
    /// Keeps what a row may hold of a header that the client wrote.
    pub(crate) fn new(ip: Option<IpAddr>, user_agent: Option<Cow<'_, str>>) -> Self {
        const LONGEST: usize = 512;
        let user_agent = user_agent.map(|text| {
            let end = text.floor_char_boundary(LONGEST);
            text[..end].chars().filter(|c| !c.is_control()).collect()
        });
        Self { ip, user_agent }
    }
}

/// For ever. No sum with it overflows anywhere, nor is there a year of five digits, which neither
/// `Expires` nor JavaScript's dates could write.
pub(crate) const LONGEST: Duration = Duration::from_secs(7_500 * 365 * 24 * 60 * 60);

impl Lifetime {
    pub(crate) fn clamped(self) -> Self {
        Self {
            idle: self.idle.min(LONGEST),
            absolute: self.absolute.map(|absolute| absolute.min(LONGEST)),
            ..self
        }
    }
}

/// Refuses what the column of an owner, or the index on it, could not hold. A credential is held to the same.
pub(crate) fn check_owner(owner: &str) -> Result<(), Unstorable> {
    const LONGEST: usize = 1024;
    if owner.len() > LONGEST {
        return Err(Unstorable::TooLarge { limit: LONGEST });
    }
    json::check_name(owner)
}

#[cfg(test)]
mod tests;
