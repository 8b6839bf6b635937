//! One replacement in one file.

use std::path::Path;

use xtask::{Error, OrSay, Result};

/// A text of a file, and what is to stand in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// Below the project's root.
    pub(super) file: String,
    pub(super) old: String,
    pub(super) new: String,
}

impl Edit {
    /// The file's text with this edit made.
    ///
    /// The old text must stand there exactly once: a bug that was seeded in the wrong place, or in none, would be
    /// caught, or not, for no reason.
    pub(super) fn made_in(&self, text: &str) -> Result<String> {
        match text.matches(&self.old).count() {
            1 if self.old != self.new => Ok(text.replacen(&self.old, &self.new, 1)),
            1 => Err(Error::new(format!("{}: an edit changes nothing:\n{}", self.file, self.old))),
            count => Err(Error::new(format!(
                "{}: the text to be replaced stands there {count} times and not once:\n{}",
                self.file, self.old
            ))),
        }
    }
}

/// All edits of a bug, made in the texts of their files. Several in one file are made one after the other.
pub(super) fn make(edits: &[Edit], root: &Path) -> Result<Vec<(String, String)>> {
    let mut made: Vec<(String, String)> = Vec::new();
    for edit in edits {
        let known = made.iter().position(|(file, _)| *file == edit.file);
        let text = match known {
            Some(at) => made.remove(at).1,
            None => {
                let path = root.join(&edit.file);
                std::fs::read_to_string(&path).or_say(|| format!("cannot read {}", path.display()))?
            }
        };
        made.push((edit.file.clone(), edit.made_in(&text)?));
    }
    Ok(made)
}
