//! What can be done to a draft.

use serde_json::value::RawValue;

use super::Draft;
use crate::decide::Intent;
use crate::json::Unstorable;
use crate::record::{Lifetime, Proof, weight_of};
use crate::step::Step;

/// The mutations, to be had from [`Draft::edit`] only.
pub(crate) struct Edits<'a>(pub(super) &'a mut Draft);

impl Edits<'_> {
    pub(crate) fn set(&mut self, name: &str, value: Box<RawValue>, limit: usize) -> Result<(), Unstorable> {
        let unchanged = self.0.get(name).is_some_and(|current| self.0.is_same(current, &value));
        // A computed value may be computed again; one that is set is what it is.
        if unchanged && !self.0.changes.is_derived_at(name) {
            return Ok(());
        }
        self.check_fit(name, &value, limit)?;
        self.0.changes.set(name, value);
        Ok(())
    }

    pub(crate) fn derive(
        &mut self,
        name: &str,
        step: Step,
        value: Box<RawValue>,
        limit: usize,
    ) -> Result<(), Unstorable> {
        self.check_fit(name, &value, limit)?;
        self.0.changes.derive(name, step, value);
        Ok(())
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Box<RawValue>> {
        let removed = self.0.get(name)?.to_owned();
        self.0.changes.remove(name);
        Some(removed)
    }

    pub(crate) fn clear(&mut self) {
        self.0.changes.clear();
    }

    pub(crate) fn renew(&mut self) {
        self.0.intent = self.0.intent.max(Intent::Renew);
        self.0.leave_id();
    }

    /// A sign-in of the same request is proof already.
    pub(crate) fn reauthenticate(&mut self, credential: Option<String>) {
        self.renew();
        match self.0.intent {
            Intent::Login => self.0.credential = credential.or(self.0.credential.take()),
            _ => self.0.proof = Some(Proof { credential }),
        }
    }

    pub(crate) fn set_lifetime(&mut self, lifetime: Lifetime) {
        self.0.lifetime = Some(lifetime);
    }

    pub(crate) fn touch(&mut self) {
        self.0.touch_asked = true;
    }

    pub(crate) fn unset(&mut self) {
        self.0.unset = true;
    }

    /// Refuses a value with which the whole session would exceed `limit` bytes.
    fn check_fit(&self, name: &str, value: &RawValue, limit: usize) -> Result<(), Unstorable> {
        let base = self.0.live().map(|live| &live.record.data);
        let others = self.0.changes.view_all(base).filter(|(other, _)| *other != name);
        let weight: usize = others.map(|(name, raw)| weight_of(name, raw)).sum();
        if weight + weight_of(name, value) + 2 > limit {
            return Err(Unstorable::TooLarge { limit });
        }
        Ok(())
    }
}
