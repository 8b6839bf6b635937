//! Differences, counted. Of a hundred thousand the first few say enough.

use std::fmt;

#[derive(Default)]
pub(crate) struct Tally {
    differences: usize,
    first: Vec<String>,
}

impl Tally {
    /// Notes a difference between two things that ought to be the same.
    pub(crate) fn compare<T: PartialEq + fmt::Debug>(&mut self, what: &str, node: &T, rust: &T) {
        if node != rust {
            self.note(|| format!("{what}\n  Node {node:?}\n  Rust {rust:?}"));
        }
    }

    pub(crate) fn note(&mut self, difference: impl FnOnce() -> String) {
        const SHOWN: usize = 5;
        const WIDTH: usize = 2000;
        self.differences += 1;
        if self.first.len() < SHOWN {
            self.first.push(difference().chars().take(WIDTH).collect());
        }
    }

    #[track_caller]
    pub(crate) fn assert_none(&self) {
        assert_eq!(self.differences, 0, "differences; the first of them:\n{}", self.first.join("\n"));
    }
}
