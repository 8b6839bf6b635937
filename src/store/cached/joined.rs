//! A cached store, with its calls in a transaction of the application's.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{Postgres, Transaction};

use super::CachedStore;
use crate::error::StoreError;
use crate::store::{Joined, PostgresStore};

/// What a transaction has to do with a cache: from the first statement about a session to the end of the
/// transaction, whatever end that is, reads of it go to the database.
pub(super) struct InTransaction {
    store: PostgresStore,
    turnings: Mutex<Vec<Box<dyn Send>>>,
}

impl InTransaction {
    pub(super) fn store(&self) -> &PostgresStore {
        &self.store
    }

    /// Keeps a session unsettled until the transaction is over.
    pub(super) fn keep(&self, turning: impl Send + 'static) {
        self.turnings.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(turning));
    }

    fn settle(&self) {
        self.turnings.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl CachedStore {
    pub(super) fn joining(&self, transaction: Transaction<'static, Postgres>) -> Result<Joined, StoreError> {
        // Says no where there is no such thing.
        self.inner.store.can_join()?;
        let (store, joined) = self.inner.store.joining(transaction);
        let in_transaction = Arc::new(InTransaction { store, turnings: Mutex::default() });
        let store = Self {
            inner: Arc::clone(&self.inner),
            is_strict: true,
            joined: Some(Arc::clone(&in_transaction)),
        };
        Ok(joined.through(Arc::new(store), move || in_transaction.settle()))
    }
}
