//! Keys that this process is renewing or ending right now.
//!
//! Between the commit and its answer a cache would still say what was true before, and somebody who has seen
//! the new id already would find both alive. So reads of these keys go to the database.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::Digest;

#[derive(Debug, Default)]
pub(super) struct Unsettled {
    /// With how many writes each has under way.
    keys: Mutex<HashMap<Digest, usize>>,
    /// So that a read need not take the lock when there are none, which is nearly always.
    count: AtomicUsize,
}

impl Unsettled {
    pub(super) fn has(&self, key: &Digest) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.keys().contains_key(key)
    }

    pub(super) fn begin(&self, key: &Digest) {
        let mut keys = self.keys();
        *keys.entry(*key).or_default() += 1;
        self.count.store(keys.len(), Ordering::Release);
    }

    pub(super) fn end(&self, key: &Digest) {
        let mut keys = self.keys();
        if let Some(writes) = keys.get_mut(key) {
            *writes -= 1;
            if *writes == 0 {
                keys.remove(key);
            }
        }
        self.count.store(keys.len(), Ordering::Release);
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<Digest, usize>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_settled_when_the_last_write_of_it_has_ended() {
        let unsettled = Unsettled::default();
        let (key, other) = (Digest::from_bytes([1; 32]), Digest::from_bytes([2; 32]));
        assert!(!unsettled.has(&key));
        unsettled.begin(&key);
        unsettled.begin(&key);
        unsettled.end(&key);
        assert!(unsettled.has(&key) && !unsettled.has(&other));
        unsettled.end(&key);
        assert!(!unsettled.has(&key));
    }
}
