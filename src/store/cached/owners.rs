//! The sessions of one owner, behind a cache: what is ended here is ended in this process at once.

use std::future::Future;
use std::sync::Arc;

use uuid::Uuid;

use super::{CachedStore, Turning};
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::record::{NewSession, Renewal};
use crate::store::postgres::owners::{Gone, admission, handles};
use crate::store::{Admission, Created, Deleted, Device, OwnerLimit, OwnerStore, Updated};

impl CachedStore {
    /// Makes a call that ends sessions whose keys nobody knows before, and forgets them. It runs to its end
    /// even if nobody waits for the answer, since the database would carry it out anyway.
    fn ending<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'static,
        gone: impl Fn(&T) -> &[Gone] + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'static {
        let cached = self.clone();
        let call = async move {
            let answer = call.await;
            cached.forget(answer.as_ref().map(gone).ok());
            answer
        };
        async move { tokio::spawn(call).await.unwrap_or_else(|error| Err(StoreError::failed(error))) }
    }

    /// `None`: nobody knows what has ended, so it may be anything.
    fn forget(&self, gone: Option<&[Gone]>) {
        match gone {
            Some(gone) => self.has_ended(gone.iter().map(|gone| gone.key).collect()),
            None => self.inner.shared.entries.forget_all(),
        }
    }

    /// These have ended, in the transaction if there is one: then it is not so before that is over.
    pub(super) fn has_ended(&self, keys: Vec<Digest>) {
        let shared = &self.inner.shared;
        match &self.joined {
            Some(joined) => joined.keep(Turning::begin(Arc::clone(shared), keys)),
            None => keys.iter().for_each(|key| shared.entries.forget(key)),
        }
    }
}

impl OwnerStore for CachedStore {
    async fn sessions_of(&self, owner: &str, most: u32) -> Result<Vec<Device>, StoreError> {
        self.store().sessions_of(owner, most).await
    }

    async fn end_session_of(&self, owner: &str, handle: Uuid) -> Result<Deleted, StoreError> {
        let (store, owner) = (self.store().clone(), owner.to_owned());
        let gone = self.ending(async move { store.end_one(&owner, handle).await }, |gone| gone).await?;
        Ok(if handles(&gone).is_empty() { Deleted::Gone } else { Deleted::Ended })
    }

    async fn end_sessions_of(&self, owner: &str, except: Option<Uuid>) -> Result<Vec<Uuid>, StoreError> {
        let (store, owner) = (self.store().clone(), owner.to_owned());
        let gone = self.ending(async move { store.end_others(&owner, except).await }, |gone| gone).await?;
        Ok(handles(&gone))
    }

    async fn create_within(
        &self,
        limit: OwnerLimit,
        id: &SessionId,
        new: NewSession,
    ) -> Result<Admission<Created>, StoreError> {
        let (store, its) = (self.store().clone(), id.clone());
        let create = async move { store.create_and_evict(limit, &its, new).await };
        Ok(admission(self.turn(&[id], self.ending(create, evicted)).await?))
    }

    async fn renew_within(
        &self,
        limit: OwnerLimit,
        old: &SessionId,
        new: &SessionId,
        renewal: Renewal,
    ) -> Result<Admission<Updated>, StoreError> {
        let (store, from, to) = (self.store().clone(), old.clone(), new.clone());
        let renew = async move { store.renew_and_evict(limit, &from, &to, renewal).await };
        Ok(admission(self.turn(&[old, new], self.ending(renew, evicted)).await?))
    }
}

fn evicted<T>(answer: &Option<(T, Vec<Gone>)>) -> &[Gone] {
    answer.as_ref().map_or(&[], |(_, gone)| gone)
}
