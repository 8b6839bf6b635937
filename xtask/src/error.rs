//! One error for everything here: a sentence for a person.
//!
//! Nobody matches on what went wrong in a tool like this one. Somebody reads
//! it, so an error is what that person should know and what they can do.

use std::fmt;

/// What went wrong, in words.
#[derive(Clone)]
pub struct Error(String);

/// The result of everything that can go wrong here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that says `sentence`.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same sentence: a test that fails on `expect` should show it readably,
/// line breaks of a server's log included.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// Says what was being done when something failed.
pub trait OrSay<T> {
    /// The value, or an [`Error`] that puts `doing` before the cause.
    fn or_say(self, doing: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> OrSay<T> for std::result::Result<T, E> {
    fn or_say(self, doing: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Error::new(format!("{}: {cause}", doing())))
    }
}
