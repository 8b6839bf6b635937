//! A seeded bug as it is written down.

use std::fmt;

use super::edit::Edit;

/// A seeded bug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) name: String,
    /// What goes wrong, in a sentence.
    pub(super) says: String,
    /// The rule or the advisory that it breaks.
    pub(super) stands_for: String,
    pub(super) edits: Vec<Edit>,
    pub(super) tests: Vec<Test>,
}

/// A test, as cargo names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Test {
    /// A file or folder of `tests/`, or `lib`; in another package than the library, that and a slash before it.
    pub(super) target: String,
    pub(super) path: String,
}

impl Test {
    /// What selects the target on cargo's command line.
    pub(super) fn selection(&self) -> Vec<&str> {
        match self.place() {
            (None, "lib") => vec!["--package", "actix-pg-session", "--lib"],
            (None, target) => vec!["--package", "actix-pg-session", "--test", target],
            (Some(package), target) => vec!["--package", package, "--test", target],
        }
    }

    /// The package, unless it is the library's, and the target.
    pub(super) fn place(&self) -> (Option<&str>, &str) {
        match self.target.split_once('/') {
            Some((package, target)) => (Some(package), target),
            None => (None, &self.target),
        }
    }

    /// The function.
    #[cfg(test)]
    pub(super) fn function(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or_default()
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.target, self.path)
    }
}
