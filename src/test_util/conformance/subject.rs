//! The store under test, with the verbs in which the laws are written.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::StoreUnderTest;
use super::fixtures::{HOUR, new_id, restart, set};
use super::json::plain;
use crate::id::SessionId;
use crate::record::{Change, NewSession, Record, Renewal};
use crate::store::{Created, Deleted, Loaded, Saved, SessionStore, Touched, Updated};

/// A store under test. Clones are the same one.
#[derive(Debug)]
pub struct Subject<U>(Arc<U>);

impl<U> Clone for Subject<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U: StoreUnderTest> Subject<U> {
    pub(super) fn new(under_test: U) -> Self {
        Self(Arc::new(under_test))
    }

    pub(super) fn store(&self) -> &U::Store {
        self.0.store()
    }

    pub(super) async fn elapse(&self, by: Duration) {
        self.0.elapse(by).await;
    }

    // What a store is asked to do. That it answers at all is taken for granted.

    pub(super) async fn create(&self, id: &SessionId, new: NewSession) -> Created {
        self.store().create(id, new).await.expect("a session is created under a new id")
    }

    pub(super) async fn begin(&self, new: NewSession) -> SessionId {
        let id = new_id();
        self.create(&id, new).await;
        id
    }

    pub(super) async fn load(&self, id: &SessionId) -> Loaded {
        self.store().load(id).await.expect("a load answers")
    }

    pub(super) async fn update(&self, id: &SessionId, change: Change) -> Updated {
        self.store().update(id, change).await.expect("an update answers")
    }

    pub(super) async fn touch(&self, id: &SessionId) -> Touched {
        self.store().touch(id, None).await.expect("a touch answers")
    }

    pub(super) async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Updated {
        self.store().renew(old, new, renewal).await.expect("a renewal answers")
    }

    pub(super) async fn delete(&self, id: &SessionId, late_grace: Duration) -> Deleted {
        self.store().delete(id, late_grace).await.expect("a deletion answers")
    }

    // What is expected of it.

    /// The session, which is live.
    pub(super) async fn live(&self, id: &SessionId) -> Record {
        match self.load(id).await {
            Loaded::Live(record) => *record,
            other => panic!("expected a live session, found {other:?}"),
        }
    }

    pub(super) async fn is_live(&self, id: &SessionId) -> bool {
        matches!(self.load(id).await, Loaded::Live(_))
    }

    /// The values of the session, which is live.
    pub(super) async fn values(&self, id: &SessionId) -> Value {
        plain(&self.live(id).await.data)
    }

    pub(super) async fn saved(&self, id: &SessionId, change: Change) -> Saved {
        expect_saved(self.update(id, change).await)
    }

    /// Renews a live session under a new id.
    pub(super) async fn renewed(&self, old: &SessionId, renewal: Renewal) -> (SessionId, Saved) {
        let new = new_id();
        let saved = expect_saved(self.renew(old, &new, renewal).await);
        (new, saved)
    }

    pub(super) async fn assert_absent(&self, id: &SessionId) {
        let loaded = self.load(id).await;
        assert!(matches!(loaded, Loaded::Absent), "expected no session, found {loaded:?}");
    }

    pub(super) async fn assert_ended(&self, id: &SessionId) {
        let loaded = self.load(id).await;
        assert!(matches!(loaded, Loaded::Ended), "expected the mark of an ended session, found {loaded:?}");
    }

    /// Every write answers `Gone` to this id, and no session is there afterwards, neither under it
    /// nor under the one that a renewal would have made.
    pub(super) async fn assert_every_write_finds_it_gone(&self, id: &SessionId) {
        let change = || set(json!({"back": "from the dead"}));
        assert_eq!(self.update(id, change()).await, Updated::Gone);
        assert_eq!(self.update(id, Change { expected_version: Some(1), ..change() }).await, Updated::Gone);
        assert_eq!(self.touch(id).await, Touched::Gone);
        for restart in [None, Some(restart(Some("ann")))] {
            let new = new_id();
            let renewal = Renewal { change: change(), restart, proof: None, late_grace: HOUR };
            assert_eq!(self.renew(id, &new, renewal).await, Updated::Gone);
            self.assert_absent(&new).await;
        }
        assert!(!self.is_live(id).await, "a write has brought a session back");
    }
}

pub(super) fn expect_saved(updated: Updated) -> Saved {
    match updated {
        Updated::Saved(saved) => saved,
        other => panic!("expected a save, got {other:?}"),
    }
}
