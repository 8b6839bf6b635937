//! The trait as an object, so that middleware and handles need no type parameter for the store.

use std::time::Duration;

use futures_util::future::BoxFuture;
#[cfg(feature = "postgres")]
use sqlx::{Postgres, Transaction};

#[cfg(feature = "postgres")]
use super::Joined;
use super::{Created, Deleted, Loaded, Owners, SessionStore, Touched, Updated};
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Change, Lifetime, NewSession, Renewal};

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// [`SessionStore`] with its futures boxed. Every store has it.
pub(crate) trait ErasedStore: Send + Sync {
    fn reserved_names(&self) -> &'static [&'static str];
    fn owners(&self) -> Option<Owners<'_>>;
    #[cfg(feature = "postgres")]
    fn begin_transaction(&self) -> Answer<'_, Transaction<'static, Postgres>>;
    #[cfg(feature = "postgres")]
    fn join(&self, transaction: Transaction<'static, Postgres>) -> Result<Joined, StoreError>;
    fn create<'a>(&'a self, id: &'a SessionId, new: NewSession) -> Answer<'a, Created>;
    fn load<'a>(&'a self, id: &'a SessionId) -> Answer<'a, Loaded>;
    fn refresh<'a>(&'a self, id: &'a SessionId) -> Answer<'a, Loaded>;
    fn update<'a>(&'a self, id: &'a SessionId, change: Change) -> Answer<'a, Updated>;
    fn touch<'a>(&'a self, id: &'a SessionId, lifetime: Option<Lifetime>) -> Answer<'a, Touched>;
    fn renew<'a>(&'a self, old: &'a SessionId, new: &'a SessionId, renewal: Renewal) -> Answer<'a, Updated>;
    fn delete<'a>(&'a self, id: &'a SessionId, late_grace: Duration) -> Answer<'a, Deleted>;
}

impl<S: SessionStore> ErasedStore for S {
    fn reserved_names(&self) -> &'static [&'static str] {
        SessionStore::reserved_names(self)
    }

    fn owners(&self) -> Option<Owners<'_>> {
        SessionStore::owners(self)
    }

    #[cfg(feature = "postgres")]
    fn begin_transaction(&self) -> Answer<'_, Transaction<'static, Postgres>> {
        Box::pin(SessionStore::begin_transaction(self))
    }

    #[cfg(feature = "postgres")]
    fn join(&self, transaction: Transaction<'static, Postgres>) -> Result<Joined, StoreError> {
        SessionStore::join(self, transaction)
    }

    fn create<'a>(&'a self, id: &'a SessionId, new: NewSession) -> Answer<'a, Created> {
        Box::pin(SessionStore::create(self, id, new))
    }

    fn load<'a>(&'a self, id: &'a SessionId) -> Answer<'a, Loaded> {
        Box::pin(SessionStore::load(self, id))
    }

    fn refresh<'a>(&'a self, id: &'a SessionId) -> Answer<'a, Loaded> {
        Box::pin(SessionStore::refresh(self, id))
    }

    fn update<'a>(&'a self, id: &'a SessionId, change: Change) -> Answer<'a, Updated> {
        Box::pin(SessionStore::update(self, id, change))
    }

    fn touch<'a>(&'a self, id: &'a SessionId, lifetime: Option<Lifetime>) -> Answer<'a, Touched> {
        Box::pin(SessionStore::touch(self, id, lifetime))
    }

    fn renew<'a>(&'a self, old: &'a SessionId, new: &'a SessionId, renewal: Renewal) -> Answer<'a, Updated> {
        Box::pin(SessionStore::renew(self, old, new, renewal))
    }

    fn delete<'a>(&'a self, id: &'a SessionId, late_grace: Duration) -> Answer<'a, Deleted> {
        Box::pin(SessionStore::delete(self, id, late_grace))
    }
}
