//! The administrator's side of a cache: what is ended there is forgotten here at once.

use std::sync::Arc;

use super::{CachedStore, Turning};
use crate::id::Digest;
use crate::store::postgres::admin::Admin;

impl CachedStore {
    /// What an administrator needs; see [`PostgresStore::admin`](crate::PostgresStore::admin). What it ends is
    /// gone from this cache when the call returns, and [`health`](Admin::health) tells what the cache does.
    pub fn admin(&self) -> Admin {
        Admin::behind(self.clone())
    }

    /// These sessions are about to be ended. Until what is answered is dropped, reads of them ask the database;
    /// afterwards nothing is known of them.
    pub(in crate::store) fn ending_keys(&self, keys: &[Vec<u8>]) -> impl Send + 'static + use<> {
        let keys = keys.iter().filter_map(|key| <[u8; 32]>::try_from(&**key).ok()).map(Digest::from_bytes);
        Turning::begin(Arc::clone(&self.inner.shared), keys.collect())
    }

    /// All sessions have ended.
    pub(in crate::store) fn forget_everything(&self) {
        self.inner.shared.entries.forget_all();
    }
}
