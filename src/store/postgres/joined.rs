//! The store, with its calls in a transaction that somebody else has begun.

use std::fmt;
use std::sync::Arc;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{FromRow, Postgres, Transaction};
use tokio::sync::{Mutex, MutexGuard};

use super::PostgresStore;
use super::care::rows;
use super::lone::RowOf;
use crate::error::StoreError;
use crate::store::ErasedStore;

/// A transaction that a store's calls go into; what [`SessionStore::join`](crate::SessionStore::join) answers.
pub struct Joined {
    /// The store whose calls go into it.
    pub(crate) store: Arc<dyn ErasedStore>,
    transaction: Arc<Open>,
    /// What is to be done when it is over, in whatever way.
    afterwards: Box<dyn FnOnce() + Send + Sync>,
}

impl Joined {
    /// Commits. Whoever waits for the answer in vain does not know what became of it.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        let transaction = self.transaction.0.lock().await.take();
        let done = match transaction {
            Some(transaction) => transaction.commit().await,
            None => Err(over()),
        };
        (self.afterwards)();
        done
    }

    /// Makes sure that PostgreSQL would not take a commit for a rollback, as it does, without an error, after
    /// one of the application's statements has failed.
    pub(crate) async fn check(&self) -> Result<(), sqlx::Error> {
        let mut transaction = self.transaction.open().await;
        sqlx::raw_sql("select").execute(transaction.connection()?).await.map(drop)
    }

    /// Takes everything back.
    pub(crate) async fn roll_back(self) {
        if let Some(transaction) = self.transaction.0.lock().await.take() {
            // What fails here ends with its connection.
            let _ = transaction.rollback().await;
        }
        (self.afterwards)();
    }

    /// The same, with something to do when it is over.
    #[cfg(feature = "cache")]
    pub(in crate::store) fn through(
        self,
        store: Arc<dyn ErasedStore>,
        afterwards: impl FnOnce() + Send + Sync + 'static,
    ) -> Self {
        Self { store, afterwards: Box::new(afterwards), ..self }
    }
}

impl fmt::Debug for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Joined")
    }
}

/// The transaction, until it is over.
pub(super) struct Open(Mutex<Option<Transaction<'static, Postgres>>>);

/// It, while nobody else uses it.
pub(super) struct Use<'a>(MutexGuard<'a, Option<Transaction<'static, Postgres>>>);

impl Open {
    pub(super) async fn open(&self) -> Use<'_> {
        Use(self.0.lock().await)
    }

    pub(super) async fn fetch<T>(&self, statement: RowOf<T>, most: usize) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        rows(self.open().await.connection()?, statement, most).await
    }
}

impl Use<'_> {
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.0.as_deref_mut().ok_or_else(over)
    }
}

/// The request that this transaction was for has its answer.
fn over() -> sqlx::Error {
    sqlx::Error::Protocol("the transaction is over".into())
}

impl PostgresStore {
    pub(in crate::store) fn can_join(&self) -> Result<(), StoreError> {
        if self.inner.layout.is_distributed() {
            return Err(StoreError::unsupported(
                "a renewal of a distributed session is two transactions, so it cannot be part of one of the application's",
            ));
        }
        Ok(())
    }

    /// The same store, whose calls go into this transaction, one after the other and none of them twice:
    /// after an error PostgreSQL carries nothing out in it any more.
    pub(in crate::store) fn joining(&self, transaction: Transaction<'static, Postgres>) -> (Self, Joined) {
        let transaction = Arc::new(Open(Mutex::new(Some(transaction))));
        let store =
            Self { inner: Arc::clone(&self.inner), joined: Some(Arc::clone(&transaction)), meanwhile: None };
        let joined = Joined { store: Arc::new(store.clone()), transaction, afterwards: Box::new(|| ()) };
        (store, joined)
    }
}
