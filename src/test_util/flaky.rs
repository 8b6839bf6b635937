//! A store that fails when told to, and waits until told to go on.

mod faults;
mod gate;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Change, Lifetime, NewSession, Renewal};
use crate::store::{Created, Deleted, Loaded, Owners, SessionStore, Touched, Updated};

use faults::Faults;
pub use gate::Gate;

/// A method of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// [`SessionStore::create`]
    Create,
    /// [`SessionStore::load`]
    Load,
    /// [`SessionStore::update`]
    Update,
    /// [`SessionStore::touch`]
    Touch,
    /// [`SessionStore::renew`]
    Renew,
    /// [`SessionStore::delete`]
    Delete,
}

/// On which side of a call something happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before the inner store hears of it: nothing is done.
    Before,
    /// After the inner store has done it: a lost acknowledgement.
    After,
}

/// A store around another, for tests of outages and races.
///
/// ```
/// use actix_pg_session::test_util::{FlakyStore, Op, When};
/// use actix_pg_session::{MemoryStore, SessionId, SessionStore};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = FlakyStore::new(MemoryStore::new());
/// let id = SessionId::generate()?;
///
/// store.fail_next(Op::Load, When::Before);
/// assert!(store.load(&id).await.is_err());
/// assert!(store.load(&id).await.is_ok());
///
/// let gate = store.hold_next(Op::Load, When::Before);
/// let load = async { store.load(&id).await };
/// let meanwhile = async {
///     gate.reached().await; // the load stands at the gate
///     gate.open();
/// };
/// let (loaded, ()) = futures_util::future::join(load, meanwhile).await;
/// assert!(loaded.is_ok());
/// assert_eq!(store.calls(Op::Load), 3);
/// # Ok(())
/// # }
/// ```
///
/// Clones are the same store.
pub struct FlakyStore<S> {
    shared: Arc<Shared<S>>,
}

struct Shared<S> {
    inner: S,
    faults: Faults,
}

impl<S> FlakyStore<S> {
    /// A store that does as `inner` does, until it is told otherwise.
    pub fn new(inner: S) -> Self {
        Self { shared: Arc::new(Shared { inner, faults: Faults::default() }) }
    }

    /// The store within, which never fails.
    pub fn inner(&self) -> &S {
        &self.shared.inner
    }

    /// Fails the next call of this kind.
    ///
    /// Said twice, it fails the next two. A call meets what was said in the order in which it was
    /// said, and at most one failure or gate on each side.
    pub fn fail_next(&self, op: Op, when: When) {
        self.shared.faults.fail_next(op, when);
    }

    /// Fails every call of this kind until [`heal`](Self::heal).
    pub fn fail(&self, op: Op, when: When) {
        self.shared.faults.fail(op, when);
    }

    /// Fails every call of every kind until [`heal`](Self::heal): the store is down.
    pub fn fail_all(&self) {
        for op in [Op::Create, Op::Load, Op::Update, Op::Touch, Op::Renew, Op::Delete] {
            self.fail(op, When::Before);
        }
    }

    /// Takes back everything that [`fail`](Self::fail), [`fail_next`](Self::fail_next) and
    /// [`hold_next`](Self::hold_next) have said. A call that stands at a gate already stays there.
    pub fn heal(&self) {
        self.shared.faults.heal();
    }

    /// Holds the next call of this kind until the gate is opened.
    pub fn hold_next(&self, op: Op, when: When) -> Gate {
        self.shared.faults.hold_next(op, when)
    }

    /// How many calls of this kind there were, also those that failed.
    pub fn calls(&self, op: Op) -> usize {
        self.shared.faults.calls(op)
    }

    /// How many calls there were: what a request cost.
    pub fn all_calls(&self) -> usize {
        self.shared.faults.all_calls()
    }

    async fn through<T>(
        &self,
        op: Op,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.shared.faults.count(op);
        self.shared.faults.meet(op, When::Before).await?;
        let done = call.await;
        self.shared.faults.meet(op, When::After).await?;
        done
    }
}

impl<S> Clone for FlakyStore<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S: fmt::Debug> fmt::Debug for FlakyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FlakyStore").field(&self.shared.inner).finish()
    }
}

impl<S: SessionStore> SessionStore for FlakyStore<S> {
    fn reserved_names(&self) -> &'static [&'static str] {
        self.inner().reserved_names()
    }

    fn owners(&self) -> Option<Owners<'_>> {
        self.inner().owners()
    }

    #[cfg(feature = "postgres")]
    async fn begin_transaction(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, StoreError> {
        self.inner().begin_transaction().await
    }

    #[cfg(feature = "postgres")]
    fn join(
        &self,
        transaction: sqlx::Transaction<'static, sqlx::Postgres>,
    ) -> Result<crate::store::Joined, StoreError> {
        self.inner().join(transaction)
    }

    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        self.through(Op::Create, self.inner().create(id, new)).await
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        self.through(Op::Load, self.inner().load(id)).await
    }

    async fn refresh(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        self.through(Op::Load, self.inner().refresh(id)).await
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        self.through(Op::Update, self.inner().update(id, change)).await
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        self.through(Op::Touch, self.inner().touch(id, lifetime)).await
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        self.through(Op::Renew, self.inner().renew(old, new, renewal)).await
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        self.through(Op::Delete, self.inner().delete(id, late_grace)).await
    }
}
