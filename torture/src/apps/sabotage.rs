//! Stores with a fault of their own, to show that the checker sees it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_pg_session::{
    Change, Created, Data, Deleted, Digest, Joined, Lifetime, Loaded, NewSession, Owners, Record, Renewal,
    SessionId, SessionStore, StoreError, Touched, Updated,
};
use sqlx::{Postgres, Transaction};

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// A save that finds nothing inserts the row again.
    Upsert,
    /// A cache that hears of nothing.
    Deaf,
    /// A save writes all that was read, and not the difference.
    WholeMap,
    /// A renewal leaves the old id alive.
    TwoIds,
    /// What is stored together is saved one by one, and some of it is forgotten.
    Halves,
    /// A save is acknowledged before it is made, and some are never made.
    Hasty,
    /// A value that is to be stored together with a line in another table is stored alone. This one is the page's.
    NoLine,
}

impl Sabotage {
    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sabotage| sabotage.name() == name)
    }

    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Upsert, Self::Deaf, Self::WholeMap, Self::TwoIds, Self::Halves, Self::Hasty, Self::NoLine];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upsert => "upsert",
            Self::Deaf => "deaf",
            Self::WholeMap => "whole-map",
            Self::TwoIds => "two-ids",
            Self::Halves => "halves",
            Self::Hasty => "hasty",
            Self::NoLine => "no-line",
        }
    }
}

/// For how long the deaf cache believes itself.
const DEAFNESS: Duration = Duration::from_secs(10);

pub(super) struct Sabotaged<S> {
    inner: S,
    how: Option<Sabotage>,
    known: Mutex<HashMap<Digest, (Instant, Record)>>,
}

impl<S: SessionStore> Sabotaged<S> {
    pub(super) fn new(inner: S, how: Option<Sabotage>) -> Self {
        Self { inner, how, known: Mutex::default() }
    }

    fn is(&self, how: Sabotage) -> bool {
        self.how == Some(how)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Digest, (Instant, Record)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_of(&self, id: &SessionId) -> Option<(Instant, Record)> {
        self.known().get(id.digest()).cloned()
    }

    fn remember(&self, id: &SessionId, loaded: &Loaded) {
        if let (Some(_), Loaded::Live(record)) = (self.how, loaded) {
            self.known().insert(*id.digest(), (Instant::now(), (**record).clone()));
        }
    }

    /// A new session with what was known of another.
    fn again(record: Record, data: Data) -> NewSession {
        let absolute = Duration::from_secs(60);
        NewSession {
            data,
            owner: record.owner.as_deref().map(str::to_owned),
            credential: None,
            client: Default::default(),
            lifetime: Lifetime { idle: record.idle, absolute: Some(absolute), persistent: record.persistent },
            cookie: None,
        }
    }
}

impl<S: SessionStore> SessionStore for Sabotaged<S> {
    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        self.inner.create(id, new).await
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        if self.is(Sabotage::Deaf)
            && let Some((when, record)) = self.known_of(id)
            && when.elapsed() < DEAFNESS
        {
            return Ok(Loaded::Live(Box::new(record)));
        }
        let loaded = self.inner.load(id).await?;
        self.remember(id, &loaded);
        Ok(loaded)
    }

    async fn refresh(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        let loaded = self.inner.refresh(id).await?;
        self.remember(id, &loaded);
        Ok(loaded)
    }

    async fn update(&self, id: &SessionId, mut change: Change) -> Result<Updated, StoreError> {
        let known = self.known_of(id);
        let first = change.set.iter().next().map(|(name, _)| name.to_owned());
        let is_some = id.digest().as_bytes()[0].is_multiple_of(4);
        match self.how {
            Some(Sabotage::WholeMap) if change.expected_version.is_none() => {
                if let Some((_, record)) = known {
                    change.set = change.apply(&record.data);
                    change.cleared = true;
                }
            }
            Some(Sabotage::Halves) if change.set.len() > 1 && is_some => {
                change.set = change.set.iter().take(1).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
            }
            Some(Sabotage::Hasty) if is_some && first.is_some() => change.set = Data::default(),
            Some(Sabotage::Upsert) => {
                let updated = self.inner.update(id, change.clone()).await?;
                if let (Updated::Gone, Some((_, record))) = (updated, known) {
                    let data = change.apply(&record.data);
                    self.inner.create(id, Self::again(record, data)).await?;
                    return self.inner.update(id, Change::default()).await;
                }
                return Ok(updated);
            }
            _ => {}
        }
        self.inner.update(id, change).await
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        self.inner.touch(id, lifetime).await
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        let updated = self.inner.renew(old, new, renewal).await?;
        if let (Sabotage::TwoIds, Updated::Saved(_)) = (self.how.unwrap_or(Sabotage::Deaf), updated)
            && let Some((_, record)) = self.known_of(old)
        {
            let data = record.data.clone();
            self.inner.create(old, Self::again(record, data)).await?;
        }
        Ok(updated)
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        self.inner.delete(id, late_grace).await
    }

    fn owners(&self) -> Option<Owners<'_>> {
        self.inner.owners()
    }

    async fn begin_transaction(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.inner.begin_transaction().await
    }

    fn join(&self, transaction: Transaction<'static, Postgres>) -> Result<Joined, StoreError> {
        self.inner.join(transaction)
    }
}
