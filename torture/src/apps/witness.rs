//! A store that shows pages what a session does not tell them: the version of the row, its deadline, the time left.
//!
//! It puts them among the values that it has loaded. A save sends what was changed and nothing else, so they never get
//! into a row.

use std::time::Duration;

use actix_pg_session::{
    Change, Created, Deleted, Joined, Lifetime, Loaded, NewSession, Owners, Renewal, SessionId, SessionStore,
    StoreError, Touched, Updated,
};
use serde_json::value::to_raw_value;
use sqlx::{Postgres, Transaction};

/// Names that no page writes.
pub(super) const VERSION: &str = "~version";
pub(super) const DEADLINE: &str = "~deadline";
pub(super) const REMAINING: &str = "~remaining";

pub(super) struct Witness<S>(pub(super) S);

impl<S: SessionStore> Witness<S> {
    fn shown(loaded: Loaded) -> Loaded {
        let Loaded::Live(mut record) = loaded else { return loaded };
        let deadline = record.deadline.map(|deadline| deadline.timestamp_micros()).unwrap_or_default();
        let remaining = record.remaining.as_micros() as i64;
        for (name, fact) in [(VERSION, record.version), (DEADLINE, deadline), (REMAINING, remaining)] {
            if let Ok(raw) = to_raw_value(&fact) {
                record.data.insert(name, raw);
            }
        }
        Loaded::Live(record)
    }
}

impl<S: SessionStore> SessionStore for Witness<S> {
    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        self.0.create(id, new).await
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        self.0.load(id).await.map(Self::shown)
    }

    async fn refresh(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        self.0.refresh(id).await.map(Self::shown)
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        self.0.update(id, change).await
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        self.0.touch(id, lifetime).await
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        self.0.renew(old, new, renewal).await
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        self.0.delete(id, late_grace).await
    }

    fn owners(&self) -> Option<Owners<'_>> {
        self.0.owners()
    }

    async fn begin_transaction(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.0.begin_transaction().await
    }

    fn join(&self, transaction: Transaction<'static, Postgres>) -> Result<Joined, StoreError> {
        self.0.join(transaction)
    }
}
