//! Values, and what a request does to them.

use serde_json::value::RawValue;

use crate::changes::Changes;
use crate::{Change, Data, SessionError, Unstorable, javascript, json};

/// Whether a row can hold this JSON.
///
/// # Errors
///
/// When it cannot.
#[cfg(any(feature = "actix-session", feature = "express"))]
pub fn check(raw: &RawValue) -> Result<(), Unstorable> {
    json::check(raw)
}

/// Whether a row can hold this name.
///
/// # Errors
///
/// When it cannot.
pub fn check_name(name: &str) -> Result<(), Unstorable> {
    json::check_name(name)
}

/// JSON that is stored of JSON that a handler has.
///
/// # Errors
///
/// When it cannot be stored.
pub fn encode(raw: &RawValue, limit: usize) -> Result<Box<RawValue>, Unstorable> {
    json::encode(raw, limit)
}

/// Whether two texts are the same value.
#[must_use]
pub fn same(a: &RawValue, b: &RawValue) -> bool {
    json::same(a, b)
}

/// Whether `JSON.stringify` would write the same of both.
#[must_use]
pub fn same_in_javascript(a: &RawValue, b: &RawValue) -> bool {
    javascript::same_value(a, b)
}

/// Two changes as one.
#[cfg(feature = "postgres")]
#[must_use]
pub fn folded(first: &Change, second: &Change) -> Change {
    first.then(second)
}

/// The edits of one request.
#[derive(Debug, Default)]
pub struct Edits(Changes);

impl Edits {
    /// As a handler's `insert`.
    pub fn set(&mut self, name: &str, value: Box<RawValue>) {
        self.0.set(name, value);
    }

    /// As `remove`.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// As `clear`.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// As `update_or`, with a step that cannot fail.
    pub fn derive(
        &mut self,
        name: &str,
        base: &Data,
        step: impl Fn(Option<&RawValue>) -> Box<RawValue> + Send + 'static,
    ) {
        let value = step(self.0.view(name, Some(base)));
        self.0.derive(name, Box::new(move |stored| Ok(Some(step(stored)))), value);
    }

    /// Computes anew what was computed.
    ///
    /// # Errors
    ///
    /// None, of such steps.
    pub fn replay(&mut self, fresh: &Data) -> Result<(), SessionError> {
        self.0.replay(fresh)
    }

    /// One value as the request sees it.
    #[must_use]
    pub fn view<'a>(&'a self, name: &str, base: &'a Data) -> Option<&'a RawValue> {
        self.0.view(name, Some(base))
    }

    /// All of them.
    pub fn view_all<'a>(&'a self, base: &'a Data) -> impl Iterator<Item = (&'a str, &'a RawValue)> {
        self.0.view_all(Some(base))
    }

    /// What is sent to the store.
    #[must_use]
    pub fn to_change(&self, version: i64) -> Change {
        self.0.to_change(version)
    }
}
