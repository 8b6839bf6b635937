//! Where two observations of the same request differ.

use std::fmt;

use serde_json::Value;

use super::observation::{Issued, Observation, Outcome, Stored};
use super::wallet::Label;

/// By how many seconds two times may differ.
const TOLERANCE: f64 = 3.0;

/// One thing that is not the same.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) aspect: Aspect,
    pub(crate) express: String,
    pub(crate) other: String,
    /// Both in seconds, if it is about two times.
    pub(crate) times: Option<(f64, f64)>,
}

/// What can be seen, piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Aspect {
    /// There was no reply, or none that makes sense.
    Reply,
    Status,
    /// The result of the operation at this place.
    Result(usize),
    NumberOfResults,
    NumberOfCookies,
    CookieName,
    CookieSession,
    CookieSignature,
    CookieAttributes,
    CookieLifetime,
    /// Whether a session is there at all.
    Stored(Label),
    StoredData(Label),
    StoredExpires(Label),
    StoredOriginalMaxAge(Label),
    /// The column `expire` of the table.
    StoredColumn(Label),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.aspect)?;
        writeln!(f, "    express: {}", self.express)?;
        write!(f, "    other:   {}", self.other)
    }
}

/// Everything that differs. `slack` is how many seconds the two may have been apart.
pub(crate) fn differences(express: &Observation, other: &Observation, slack: f64) -> Vec<Difference> {
    let mut found = Found { all: Vec::new(), tolerance: TOLERANCE + slack };
    found.same(Aspect::Status, &express.status, &other.status);
    found.results(&express.results, &other.results);
    found.same(Aspect::NumberOfCookies, &express.cookies.len(), &other.cookies.len());
    for (express, other) in express.cookies.iter().zip(&other.cookies) {
        found.cookie(express, other);
    }
    let labels =
        express.store.keys().chain(other.store.keys().filter(|key| !express.store.contains_key(key)));
    for label in labels {
        found.stored(*label, express.store.get(label), other.store.get(label));
    }
    found.all
}

struct Found {
    all: Vec<Difference>,
    tolerance: f64,
}

impl Found {
    fn note(&mut self, aspect: Aspect, express: impl fmt::Debug, other: impl fmt::Debug) {
        let (express, other) = (format!("{express:?}"), format!("{other:?}"));
        self.all.push(Difference { aspect, express, other, times: None });
    }

    /// Two moments or lengths of time, in seconds, that are too far apart.
    fn note_times(&mut self, aspect: Aspect, express: f64, other: f64) {
        self.note(aspect, express, other);
        if let Some(noted) = self.all.last_mut() {
            noted.times = Some((express, other));
        }
    }

    fn same<T: PartialEq + fmt::Debug>(&mut self, aspect: Aspect, express: &T, other: &T) {
        if express != other {
            self.note(aspect, express, other);
        }
    }

    /// Two moments or lengths of time, in seconds.
    fn near(&mut self, aspect: Aspect, express: Option<f64>, other: Option<f64>) {
        match (express, other) {
            (Some(express), Some(other)) if (express - other).abs() > self.tolerance => {
                self.note_times(aspect, express, other);
            }
            (Some(_), Some(_)) => {}
            (express, other) => self.same(aspect, &express, &other),
        }
    }

    fn results(&mut self, express: &[Outcome], other: &[Outcome]) {
        self.same(Aspect::NumberOfResults, &express.len(), &other.len());
        for (at, (express, other)) in express.iter().zip(other).enumerate() {
            match (express, other) {
                (Outcome::Value(express), Outcome::Value(other)) if same_value(express, other) => {}
                (Outcome::Session(express), Outcome::Session(other)) if express == other => {}
                (Outcome::Seconds(express), Outcome::Seconds(other)) => {
                    self.near(Aspect::Result(at), Some(*express), Some(*other));
                }
                (express, other) => self.note(Aspect::Result(at), express, other),
            }
        }
    }

    fn cookie(&mut self, express: &Issued, other: &Issued) {
        self.same(Aspect::CookieName, &express.name, &other.name);
        self.same(Aspect::CookieSession, &express.session, &other.session);
        self.same(Aspect::CookieSignature, &express.is_signed, &other.is_signed);
        self.same(Aspect::CookieAttributes, &express.attributes, &other.attributes);
        match (express.lifetime, other.lifetime) {
            // What is known about a lifetime is a range, so there is nothing to add for the slack.
            (Some(express), Some(other)) if express.distance(other) > TOLERANCE => {
                self.note_times(Aspect::CookieLifetime, express.at_most(), other.at_most());
            }
            (Some(_), Some(_)) | (None, None) => {}
            (express, other) => self.note(Aspect::CookieLifetime, express, other),
        }
    }

    fn stored(&mut self, label: Label, express: Option<&Stored>, other: Option<&Stored>) {
        let (Some(express), Some(other)) = (express, other) else {
            return self.note(Aspect::Stored(label), express, other);
        };
        if !same_value(&express.data, &other.data) {
            self.note(Aspect::StoredData(label), &express.data, &other.data);
        }
        self.near(Aspect::StoredExpires(label), express.expires, other.expires);
        self.near(Aspect::StoredOriginalMaxAge(label), express.original_max_age, other.original_max_age);
        self.near(Aspect::StoredColumn(label), express.column, other.column);
    }
}

/// Whether two values are the same to JavaScript, in which there are no numbers but doubles. The order
/// of names is not compared: where it matters, it shows in what is saved.
fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same_value(a, b)))
        }
        (a, b) => a == b,
    }
}
