//! What was asked, what was answered, and when.
//!
//! Times are microseconds of one clock, the driver's, since the beginning of the round.

mod recorder;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use recorder::{Invocation, Recorder};

/// Microseconds since the round began.
pub type Micros = u64;

/// The number of an event, which is also what it writes. Events are numbered as they are invoked.
pub type EventNo = usize;

/// The number of a cookie, in the order in which the driver got to know them.
pub type CookieNo = usize;

/// Everything that happened in a round.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// By number, so in the order of invocation.
    pub events: Vec<Event>,
    /// By number.
    pub cookies: Vec<Cookie>,
    /// What went wrong on purpose, and when.
    pub faults: Vec<Trouble>,
    /// The events that have left a line in the application's own table, when all was over.
    pub lines: Option<HashSet<EventNo>>,
}

/// A cookie's value that some response has set.
#[derive(Clone, Debug)]
pub struct Cookie {
    /// The event whose response it was.
    pub from: EventNo,
}

/// A fault, from its injection until it was healed.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Its name.
    pub name: &'static str,
    /// When it began.
    pub begin: Micros,
    /// When it was healed.
    pub end: Micros,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its place in the history.
    pub no: EventNo,
    /// Who asked.
    pub client: u32,
    /// Whom they asked.
    pub process: Process,
    /// When.
    pub begin: Micros,
    /// When the answer was there, or was given up.
    pub end: Micros,
    /// For what.
    pub call: Call,
    /// With which cookie.
    pub cookie: Option<CookieNo>,
    /// What came of it.
    pub outcome: Outcome,
}

/// A process, in one of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its place among the applications; [`Process::PSQL`] is the driver's own look at the table.
    pub which: u16,
    /// How often it had been started again.
    pub life: u32,
}

impl Process {
    /// The driver itself, which reads the table.
    pub const PSQL: Self = Self { which: u16::MAX, life: 0 };
}

/// What is asked for. Whoever writes a value writes the event's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Begin a session.
    Create,
    /// Show it.
    Read,
    /// Store a value.
    Set(&'static str),
    /// Store a value, in one transaction with a line in a table of the application's own.
    SetWithLine(&'static str),
    /// Store a value past the request.
    SetDetached(&'static str),
    /// Take a value out.
    Remove(&'static str),
    /// Store two values at once: `p` and `q`.
    Both,
    /// Add one to `n`.
    Count,
    /// Count as use.
    Touch,
    /// Another id.
    Renew,
    /// Sign in as this owner.
    Login(&'static str),
    /// Sign out.
    Logout,
    /// The owner's sessions, as their owner sees them.
    Devices,
    /// The owner ends one of theirs.
    EndDevice(Uuid),
    /// The owner ends all others, and gets another id.
    EndOthers,
    /// The owner ends all, this one too.
    EndAll,
    /// The administrator ends one.
    Revoke(Uuid),
    /// The administrator ends an owner's.
    RevokeOwner(&'static str),
    /// The administrator ends all.
    RevokeAll,
    /// A step of pruning.
    Prune,
    /// All live sessions, as the administrator sees them.
    List,
    /// All live rows, with what is in them, as psql sees them.
    Census,
}

impl Call {
    /// What it is called in the table of the report.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Set(_) => "set",
            Self::SetWithLine(_) => "set with a line",
            Self::SetDetached(_) => "set detached",
            Self::Remove(_) => "remove",
            Self::Both => "set two",
            Self::Count => "count",
            Self::Touch => "touch",
            Self::Renew => "renew",
            Self::Login(_) => "login",
            Self::Logout => "logout",
            Self::Devices => "devices",
            Self::EndDevice(_) => "end a device",
            Self::EndOthers => "end others",
            Self::EndAll => "end all",
            Self::Revoke(_) => "revoke one",
            Self::RevokeOwner(_) => "revoke an owner",
            Self::RevokeAll => "revoke all",
            Self::Prune => "prune",
            Self::List => "list",
            Self::Census => "census",
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was answered.
    Ok(Box<Answer>),
    /// There is no such session: 401.
    Refused,
    /// It may have happened, or not, or may happen yet: 503, or no answer at all.
    Unknown(String),
    /// It has not happened, and never will: what it had done was rolled back.
    Undone(String),
    /// An answer that nobody should ever get, such as a 500.
    Wrong(String),
}

impl Outcome {
    /// The answer, if there was one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Ok(answer) => Some(answer),
            _ => None,
        }
    }

    /// Whether it may have happened.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The session as the handler found it, before it did anything.
    pub seen: Option<Seen>,
    /// What the response said of the cookie.
    pub cookie: CookieSaid,
    /// A list's handles.
    pub handles: Option<Vec<Uuid>>,
    /// A census's rows.
    pub rows: Option<Vec<Seen>>,
    /// Whether there was something to remove, to end, to revoke.
    pub done: bool,
    /// The value of a new cookie.
    pub value: String,
}

/// What a response said of the cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CookieSaid {
    /// Nothing: nothing was written, or the write found no session.
    #[default]
    Nothing,
    /// Keep it: a write found the session alive.
    Keep,
    /// Take this one.
    New(CookieNo),
    /// Drop it.
    Drop,
}

/// A session as somebody saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its public handle.
    pub handle: Uuid,
    /// Who is signed in.
    pub owner: Option<String>,
    /// The version of its values.
    pub version: i64,
    /// When it ends in any case, by the database's clock.
    pub deadline: i64,
    /// How long it had left.
    pub remaining: Micros,
    /// What is stored in it: the numbers of the events that wrote it, or a count.
    pub values: BTreeMap<String, u64>,
}

impl Seen {
    /// The name under which a session says that it began with this event.
    pub fn beginning(no: u64) -> String {
        format!("s{no}")
    }

    /// The sessions whose values these are, in their order: a sign-in takes over what was there. The last is this one.
    pub fn trail(&self) -> Vec<EventNo> {
        let names = self.values.iter().filter(|(name, no)| **name == Self::beginning(**no));
        let mut trail: Vec<EventNo> = names.filter_map(|(_, no)| (*no).try_into().ok()).collect();
        trail.sort_unstable();
        trail
    }
}

impl Event {
    /// The session that was shown, if one was.
    pub fn seen(&self) -> Option<&Seen> {
        self.outcome.answer()?.seen.as_ref()
    }

    /// What the response said of the cookie.
    pub fn said(&self) -> CookieSaid {
        self.outcome.answer().map_or(CookieSaid::Nothing, |answer| answer.cookie)
    }

    /// The cookie that it brought.
    pub fn new_cookie(&self) -> Option<CookieNo> {
        match self.said() {
            CookieSaid::New(cookie) => Some(cookie),
            _ => None,
        }
    }

    /// Whether its response could not go out as it did unless the row was alive and written to.
    pub fn has_written(&self) -> bool {
        match self.call {
            // Of what was stored before the response the page itself says so. There may be a cookie because the visit was
            // noted, or none because somebody has ended the session since.
            Call::SetDetached(_) | Call::SetWithLine(_) => {
                self.outcome.answer().is_some_and(|answer| answer.done)
            }
            _ => matches!(self.said(), CookieSaid::Keep | CookieSaid::New(_)),
        }
    }

    /// Whether it had something to write, and so must have been told if the session lived.
    pub fn meant_to_write(&self) -> bool {
        let answer = self.outcome.answer();
        match self.call {
            Call::Set(_)
            | Call::SetWithLine(_)
            | Call::SetDetached(_)
            | Call::Both
            | Call::Count
            | Call::Renew
            | Call::Login(_)
            | Call::EndOthers => answer.is_some_and(|answer| answer.seen.is_some()),
            Call::Remove(_) => answer.is_some_and(|answer| answer.done),
            _ => false,
        }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self, self.life) {
            (Self::PSQL, _) => f.write_str("psql"),
            (_, 0) => write!(f, "app {}", self.which + 1),
            (_, life) => write!(f, "app {}.{}", self.which + 1, life + 1),
        }
    }
}
