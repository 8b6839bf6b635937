//! The suite can fail: a store with one sin is found out by the law that forbids it.
//!
//! The sins are those that session stores in the wild commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use actix_pg_session::test_util::__private::{laws, run};
use actix_pg_session::test_util::StoreUnderTest;
use actix_pg_session::{
    Change, Client, Created, Deleted, Lifetime, Loaded, MemoryStore, NewSession, Record, Renewal, Restart,
    SessionId, SessionStore, StoreError, Touched, Updated,
};
use tokio::task::yield_now;

#[derive(Clone, Copy, PartialEq)]
enum Sin {
    /// A creation is an upsert.
    CreateReplaces,
    /// A creation looks whether the id is free, and then writes.
    CreateLooksFirst,
    /// An update that finds nothing inserts.
    UpdateInserts,
    /// An update writes the whole map that it has read.
    UpdateReplaces,
    /// An update writes values and lifetime in two statements.
    UpdateInTwoSteps,
    /// A renewal deletes the old row, and then writes the new one.
    RenewDeletesFirst,
    /// A renewal writes the new row, and then deletes the old one.
    RenewInsertsFirst,
    /// A touch writes back the row that it has read.
    TouchWritesBack,
    /// A deletion marks the end of what was never there.
    DeleteMarksAnything,
}

struct Sinner {
    store: MemoryStore,
    sin: Sin,
}

/// What would create this session anew.
fn new_from(record: Record) -> NewSession {
    NewSession {
        data: record.data,
        owner: record.owner.as_deref().map(str::to_owned),
        credential: record.credential.as_deref().map(str::to_owned),
        client: Client::default(),
        lifetime: Lifetime { idle: record.idle, absolute: None, persistent: record.persistent },
        cookie: record.cookie,
    }
}

impl Sinner {
    async fn replace(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        self.store.delete(id, Duration::ZERO).await?;
        self.store.create(id, new).await
    }

    async fn live(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        match self.store.load(id).await? {
            Loaded::Live(record) => Ok(Some(*record)),
            Loaded::Ended | Loaded::Absent => Ok(None),
        }
    }
}

impl SessionStore for Sinner {
    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        match self.sin {
            Sin::CreateReplaces => self.replace(id, new).await,
            Sin::CreateLooksFirst => {
                if self.live(id).await?.is_some() {
                    return Err(StoreError::collision());
                }
                yield_now().await;
                self.replace(id, new).await
            }
            _ => self.store.create(id, new).await,
        }
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        self.store.load(id).await
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        match self.sin {
            Sin::UpdateInserts => {
                let updated = self.store.update(id, change.clone()).await?;
                if updated == Updated::Gone {
                    let lifetime = Lifetime::new(Duration::from_secs(60), Duration::from_secs(60));
                    let new = NewSession {
                        data: change.set,
                        owner: None,
                        credential: None,
                        client: Client::default(),
                        lifetime,
                        cookie: None,
                    };
                    self.store.create(id, new).await?;
                }
                Ok(updated)
            }
            Sin::UpdateReplaces => {
                let Some(record) = self.live(id).await? else { return Ok(Updated::Gone) };
                yield_now().await;
                let set = change.apply(&record.data);
                self.store.update(id, Change { cleared: true, set, ..change }).await
            }
            Sin::UpdateInTwoSteps => {
                let lifetime = change.lifetime;
                let updated = self.store.update(id, Change { lifetime: None, ..change }).await?;
                yield_now().await;
                if lifetime.is_none() || !matches!(updated, Updated::Saved(_)) {
                    return Ok(updated);
                }
                self.store.update(id, Change { lifetime, ..Change::default() }).await
            }
            _ => self.store.update(id, change).await,
        }
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        if self.sin == Sin::TouchWritesBack {
            let Some(record) = self.live(id).await? else { return Ok(Touched::Gone) };
            yield_now().await;
            let created = self.replace(id, new_from(record)).await?;
            return Ok(Touched::Moved { remaining: created.remaining });
        }
        self.store.touch(id, lifetime).await
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        if !matches!(self.sin, Sin::RenewDeletesFirst | Sin::RenewInsertsFirst) {
            return self.store.renew(old, new, renewal).await;
        }
        let Some(record) = self.live(old).await? else { return Ok(Updated::Gone) };
        let (late_grace, change) = (renewal.late_grace, renewal.change);
        let mut session = new_from(record);
        if let Some(Restart { owner, lifetime, .. }) = renewal.restart {
            session = NewSession { owner, lifetime, ..session };
        }
        if self.sin == Sin::RenewDeletesFirst {
            self.store.delete(old, late_grace).await?;
            yield_now().await;
            self.store.create(new, session).await?;
        } else {
            self.store.create(new, session).await?;
            yield_now().await;
            self.store.delete(old, late_grace).await?;
        }
        self.store.update(new, change).await
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        if self.sin == Sin::DeleteMarksAnything && self.live(id).await?.is_none() {
            let lifetime = Lifetime::new(late_grace, late_grace);
            let data = Default::default();
            let _ = self
                .store
                .create(
                    id,
                    NewSession {
                        data,
                        owner: None,
                        credential: None,
                        client: Client::default(),
                        lifetime,
                        cookie: None,
                    },
                )
                .await;
        }
        self.store.delete(id, late_grace).await
    }
}

impl StoreUnderTest for Sinner {
    type Store = Self;

    fn store(&self) -> &Self {
        self
    }

    async fn elapse(&self, by: Duration) {
        self.store.advance(by);
    }
}

macro_rules! found_out {
    ($($test:ident: $sin:ident by $law:ident;)*) => {
        $(
            #[test]
            fn $test() {
                let sinner = async { Sinner { store: MemoryStore::new(), sin: Sin::$sin } };
                let kept = catch_unwind(AssertUnwindSafe(|| run(sinner, laws::$law)));
                assert!(kept.is_err(), "{} did not notice", stringify!($law));
            }
        )*
    };
}

found_out! {
    an_upsert_is_no_creation: CreateReplaces
        by creating_over_a_session_is_a_collision_and_leaves_it_alone;
    a_look_before_a_creation_is_no_lock: CreateLooksFirst
        by of_many_creations_of_one_id_one_wins;
    an_update_that_inserts_brings_back_the_dead: UpdateInserts
        by no_write_brings_a_deleted_session_back;
    an_update_that_inserts_brings_back_the_expired: UpdateInserts
        by no_write_brings_an_expired_session_back;
    an_update_of_the_whole_map_loses_other_peoples: UpdateReplaces
        by fifty_updates_of_fifty_names_at_once_all_survive;
    an_update_in_two_steps_can_stop_between_them: UpdateInTwoSteps
        by a_dropped_update_is_saved_whole_or_not_at_all;
    a_renewal_that_deletes_first_can_lose_the_session: RenewDeletesFirst
        by a_dropped_renewal_leaves_one_live_id;
    a_renewal_that_deletes_first_signs_out_for_a_moment: RenewDeletesFirst
        by at_no_moment_of_a_renewal_are_both_ids_live_or_neither;
    a_renewal_that_inserts_first_makes_two_of_one: RenewInsertsFirst
        by of_many_renewals_of_one_id_one_is_saved_and_the_others_find_it_gone;
    a_renewal_that_inserts_first_can_leave_both: RenewInsertsFirst
        by a_dropped_renewal_leaves_one_live_id;
    a_renewal_that_creates_is_not_the_same_session: RenewInsertsFirst
        by a_renewed_session_is_the_same_session_under_the_new_id;
    a_touch_that_writes_back_undoes_a_deletion: TouchWritesBack
        by whatever_the_order_nothing_is_live_after_a_touch_and_a_deletion;
    a_mark_for_what_never_was_is_a_lie: DeleteMarksAnything
        by deleting_what_is_not_there_leaves_no_mark;
}
