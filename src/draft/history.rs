//! What a request began with and what it saved on its way, for express-session's questions.

use super::Base;
use crate::decide::express::Facts;
use crate::javascript;
use crate::policy::Policy;
use crate::record::Data;

/// express-session compares the values at the end with those at the beginning, instead of noting
/// what was done to them: what was changed and changed back is not modified.
#[derive(Debug)]
pub(super) struct History {
    /// The browser came with the id of a session that is there.
    arrived: bool,
    /// `originalHash`; a save or a reload does not move it.
    original: Data,
    /// `savedHash`. `None`: nothing is known to be saved, so everything is to be.
    pub(super) saved: Option<Data>,
    /// The session got another id during the request.
    pub(super) has_other_id: bool,
}

impl History {
    pub(super) fn begin(base: &Base, policy: &Policy) -> Self {
        let loaded = match base {
            Base::Live(live) => Some(live.record.data.clone()),
            Base::Fresh | Base::Late(_) => None,
        };
        Self {
            arrived: loaded.is_some(),
            saved: loaded.clone().filter(|_| !policy.resave),
            original: loaded.unwrap_or_default(),
            has_other_id: false,
        }
    }

    /// The answers, given the values as they are now.
    pub(super) fn facts(&self, now: &Data, lifetime_changed: bool) -> Facts {
        Facts {
            is_new: !self.arrived || self.has_other_id,
            has_other_id: self.has_other_id,
            modified: !javascript::same_object(&self.original, now),
            saved: self.saved.as_ref().is_some_and(|saved| javascript::same_object(saved, now)),
            lifetime_changed,
        }
    }
}
