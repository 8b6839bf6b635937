//! Sessions and changes as the laws use them.

use std::time::Duration;

use serde_json::Value;

use super::json::data;
use crate::id::SessionId;
use crate::record::{Change, Client, Lifetime, NewSession, Renewal, Restart};

/// Laws count in hours, so that a slow machine cannot make a true one false.
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);

/// How far a time may be off: what a test may take, and what a harness may turn its clock too far.
pub(super) const SLACK: Duration = Duration::from_secs(5 * 60);

pub(super) fn new_id() -> SessionId {
    SessionId::generate().expect("the operating system gives randomness")
}

/// A session of ten hours without use, a hundred in any case.
pub(super) fn session(values: Value) -> NewSession {
    NewSession {
        data: data(values),
        owner: None,
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(10 * HOUR, 100 * HOUR),
        cookie: None,
    }
}

pub(super) fn set(values: Value) -> Change {
    Change { set: data(values), ..Change::default() }
}

pub(super) fn remove(names: &[&str]) -> Change {
    Change { removed: names.iter().map(ToString::to_string).collect(), ..Change::default() }
}

/// A renewal of the same session, whose old id is remembered for an hour.
pub(super) fn renewal(change: Change) -> Renewal {
    Renewal { change, restart: None, proof: None, late_grace: HOUR }
}

/// A new session in the place of another, of two hours without use, twenty in any case.
pub(super) fn restart(owner: Option<&str>) -> Restart {
    Restart {
        owner: owner.map(str::to_owned),
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(2 * HOUR, 20 * HOUR),
        cookie: None,
    }
}

/// Asserts that two lengths of time are the same but for what a test takes.
pub(super) fn assert_about(what: &str, actual: Duration, expected: Duration) {
    assert!(actual.abs_diff(expected) <= SLACK, "{what} is {actual:?}, and should be about {expected:?}");
}
