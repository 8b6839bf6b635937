//! The sessions of one owner, behind a cache: what is ended here is ended in this process at once.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;

use super::{CachedStore, Turning};
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::record::{NewSession, Renewal};
use crate::store::postgres::owners::{Gone, admission, handles};
use crate::store::{Admission, Created, Deleted, Device, OwnerLimit, OwnerStore, PostgresStore, Updated};

impl CachedStore {
    /// Makes a call that ends sessions whose keys nobody knows before, and forgets them; of these it may also begin
    /// or end some, as in [`turn`](Self::turn).
    async fn ending<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        ids: &[&SessionId],
        call: impl FnOnce(PostgresStore) -> F,
        gone: impl Fn(&T) -> &[Gone],
    ) -> Result<T, StoreError> {
        let keys = ids.iter().map(|id| *id.digest()).collect();
        let turning = Turning::begin(Arc::clone(&self.inner.shared), keys);
        let ending = Ending { turning, is_told: AtomicBool::new(false) };
        if let Some(joined) = &self.joined {
            let answer = call(joined.store().clone()).await;
            ending.is_told.store(answer.is_ok(), Ordering::Release);
            self.has_ended(answer.as_ref().map(|answer| keys_of(gone(answer))).unwrap_or_default());
            joined.keep(ending);
            return answer;
        }
        let ending = Arc::new(ending);
        let meanwhile = Arc::clone(&ending);
        let answer = call(self.inner.store.during(meanwhile)).await;
        if let Ok(answer) = &answer {
            self.has_ended(keys_of(gone(answer)));
            ending.is_told.store(true, Ordering::Release);
        }
        answer
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

/// A call that ends sessions, until the database has answered it.
struct Ending {
    turning: Turning,
    /// Whether it is known which. Otherwise it may be any.
    is_told: AtomicBool,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.is_told.load(Ordering::Acquire) {
            self.turning.shared.entries.forget_all();
        }
    }
}

fn keys_of(gone: &[Gone]) -> Vec<Digest> {
    gone.iter().map(|gone| gone.key).collect()
}

impl OwnerStore for CachedStore {
    async fn sessions_of(&self, owner: &str, most: u32) -> Result<Vec<Device>, StoreError> {
        self.store().sessions_of(owner, most).await
    }

    async fn end_session_of(&self, owner: &str, handle: Uuid) -> Result<Deleted, StoreError> {
        let gone = self.ending(&[], async |store| store.end_one(owner, handle).await, |gone| gone).await?;
        Ok(if handles(&gone).is_empty() { Deleted::Gone } else { Deleted::Ended })
    }

    async fn end_sessions_of(&self, owner: &str, except: Option<Uuid>) -> Result<Vec<Uuid>, StoreError> {
        let gone = self.ending(&[], async |store| store.end_others(owner, except).await, |gone| gone).await?;
        Ok(handles(&gone))
    }

    async fn create_within(
        &self,
        limit: OwnerLimit,
        id: &SessionId,
        new: NewSession,
    ) -> Result<Admission<Created>, StoreError> {
        let create = async |store: PostgresStore| store.create_and_evict(limit, id, new).await;
        Ok(admission(self.ending(&[id], create, evicted).await?))
    }

    async fn renew_within(
        &self,
        limit: OwnerLimit,
        old: &SessionId,
        new: &SessionId,
        renewal: Renewal,
    ) -> Result<Admission<Updated>, StoreError> {
        let renew = async |store: PostgresStore| store.renew_and_evict(limit, old, new, renewal).await;
        Ok(admission(self.ending(&[old, new], renew, evicted).await?))
    }
}

fn evicted<T>(answer: &Option<(T, Vec<Gone>)>) -> &[Gone] {
    answer.as_ref().map_or(&[], |(_, gone)| gone)
}
