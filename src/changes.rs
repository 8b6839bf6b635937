//! What a request has done to the values, as a difference from what was loaded.

use std::fmt;

use indexmap::IndexMap;
use serde_json::value::RawValue;

use crate::error::SessionError;
use crate::record::{Change, Data};
use crate::step::Step;

/// The edits of one request, one entry a key, in the order in which the keys got their present place.
///
/// The order is JavaScript's: a value that is replaced keeps its place, one that is removed and set
/// again goes to the end. It means nothing but to express-session, which hashes it.
#[derive(Default)]
pub(crate) struct Changes {
    cleared: bool,
    edits: IndexMap<String, Edit>,
}

enum Edit {
    /// `again`: it was removed before, so it stands at the end.
    Set {
        value: Box<RawValue>,
        again: bool,
    },
    Removed,
    /// Computed from the stored value, and worth only as much as that value is still current.
    /// `None` once a second run found nothing to do, because the stored value had gone.
    Derived {
        steps: Vec<Step>,
        value: Option<Box<RawValue>>,
    },
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        !self.cleared && self.edits.is_empty()
    }

    /// The value as this request sees it: its own edit, else what was loaded.
    pub(crate) fn view<'a>(&'a self, name: &str, base: Option<&'a Data>) -> Option<&'a RawValue> {
        match self.edits.get(name) {
            Some(Edit::Set { value, .. }) => Some(value),
            Some(Edit::Derived { value, .. }) => value.as_deref(),
            Some(Edit::Removed) => None,
            None if self.cleared => None,
            None => base?.get(name),
        }
    }

    /// Every value as this request sees it, without a copy of any.
    pub(crate) fn view_all<'a>(
        &'a self,
        base: Option<&'a Data>,
    ) -> impl Iterator<Item = (&'a str, &'a RawValue)> {
        let kept = base.filter(|_| !self.cleared).into_iter().flat_map(Data::iter);
        let kept = kept.filter(|(name, _)| !self.edits.contains_key(*name));
        let edited = self.edits.iter().filter_map(|(name, edit)| match edit {
            Edit::Set { value, .. } | Edit::Derived { value: Some(value), .. } => {
                Some((name.as_str(), &**value))
            }
            Edit::Removed | Edit::Derived { value: None, .. } => None,
        });
        kept.chain(edited)
    }

    pub(crate) fn set(&mut self, name: &str, value: Box<RawValue>) {
        let again = match self.edits.get(name) {
            Some(Edit::Removed) => {
                self.edits.shift_remove(name);
                true
            }
            Some(Edit::Set { again, .. }) => *again,
            Some(Edit::Derived { .. }) | None => false,
        };
        self.edits.insert(name.to_owned(), Edit::Set { value, again });
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.edits.shift_remove(name);
        if !self.cleared {
            self.edits.insert(name.to_owned(), Edit::Removed);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.edits.clear();
        self.cleared = true;
    }

    /// Records a step that has just made `value` of what [`view`](Self::view) showed.
    ///
    /// A step upon this request's own value depends on nothing stored, so it needs no second run.
    pub(crate) fn derive(&mut self, name: &str, step: Step, value: Box<RawValue>) {
        match self.edits.get_mut(name) {
            Some(Edit::Derived { steps, value: current }) => {
                steps.push(step);
                *current = Some(value);
            }
            Some(Edit::Set { .. } | Edit::Removed) => self.set(name, value),
            None if self.cleared => self.set(name, value),
            None => {
                let edit = Edit::Derived { steps: vec![step], value: Some(value) };
                self.edits.insert(name.to_owned(), edit);
            }
        }
    }

    /// Whether some value was computed from a stored one.
    pub(crate) fn is_derived(&self) -> bool {
        self.edits.values().any(|edit| matches!(edit, Edit::Derived { .. }))
    }

    /// Whether the value of this name was computed from a stored one.
    pub(crate) fn is_derived_at(&self, name: &str) -> bool {
        matches!(self.edits.get(name), Some(Edit::Derived { .. }))
    }

    /// Computes the derived values again from what is stored now.
    pub(crate) fn replay(&mut self, fresh: &Data) -> Result<(), SessionError> {
        for (name, edit) in &mut self.edits {
            let Edit::Derived { steps, value } = edit else { continue };
            let mut current = fresh.get(name).map(RawValue::to_owned);
            for step in steps {
                current = step(current.as_deref())?.or(current);
            }
            *value = current;
        }
        Ok(())
    }

    /// The difference to send, for a row of this version.
    pub(crate) fn to_change(&self, version: i64) -> Change {
        let mut change = Change {
            cleared: self.cleared,
            expected_version: self.is_derived().then_some(version),
            ..Change::default()
        };
        for (name, edit) in &self.edits {
            match edit {
                Edit::Set { value, again } => {
                    // What stands at the end is taken out first.
                    if *again && !self.cleared {
                        change.removed.push(name.clone());
                    }
                    change.set.insert(name, value.clone());
                }
                Edit::Derived { value: Some(value), .. } => change.set.insert(name, value.clone()),
                Edit::Derived { value: None, .. } => {}
                Edit::Removed => change.removed.push(name.clone()),
            }
        }
        change
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("cleared", &self.cleared)
            .field("names", &self.edits.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests;
