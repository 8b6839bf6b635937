//! The law about owners notices a store that breaks it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_pg_session::test_util::__private::{owner_laws, run};
use actix_pg_session::test_util::StoreUnderTest;
use actix_pg_session::{
    Admission, Change, Created, Deleted, Device, Lifetime, Loaded, MemoryStore, NewSession, OwnerLimit,
    OwnerStore, Owners, Renewal, SessionId, SessionStore, StoreError, Touched, Updated, WhenFull,
};
use tokio::time::sleep;
use uuid::Uuid;

/// What a store can get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sin {
    ListsInAnyOrder,
    ListsWithoutEnd,
    EndsWhoeversHandleItIs,
    EndsTheOneThatIsToStay,
    DoesNotSayThatItKnowsOwners,
    CountsAndThenCreates,
    EvictsTheNewest,
    EvictsForNothing,
    CountsTheOneThatIsLeft,
    RefusesAfterTheFact,
}

#[derive(Debug)]
struct Sinner {
    store: MemoryStore,
    sin: Sin,
    counts: AtomicU32,
}

impl SessionStore for Sinner {
    fn owners(&self) -> Option<Owners<'_>> {
        (self.sin != Sin::DoesNotSayThatItKnowsOwners).then(|| Owners::of(self))
    }

    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        self.store.create(id, new).await
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        self.store.load(id).await
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        self.store.update(id, change).await
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        self.store.touch(id, lifetime).await
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        self.store.renew(old, new, renewal).await
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        self.store.delete(id, late_grace).await
    }
}

impl Sinner {
    /// The owner's sessions, the one that was not used for longest last.
    async fn all(&self, owner: &str) -> Result<Vec<Device>, StoreError> {
        let mut all = self.store.sessions_of(owner, u32::MAX).await?;
        all.sort_by_key(|device| std::cmp::Reverse(device.seen_at));
        Ok(all)
    }
}

impl OwnerStore for Sinner {
    async fn sessions_of(&self, owner: &str, most: u32) -> Result<Vec<Device>, StoreError> {
        match self.sin {
            Sin::ListsInAnyOrder => {
                let mut devices = self.store.sessions_of(owner, most).await?;
                devices.reverse();
                Ok(devices)
            }
            Sin::ListsWithoutEnd => self.store.sessions_of(owner, u32::MAX).await,
            _ => self.store.sessions_of(owner, most).await,
        }
    }

    async fn end_session_of(&self, owner: &str, handle: Uuid) -> Result<Deleted, StoreError> {
        if self.sin == Sin::EndsWhoeversHandleItIs {
            for whose in ["ann", "bob"] {
                if self.store.end_session_of(whose, handle).await? == Deleted::Ended {
                    return Ok(Deleted::Ended);
                }
            }
        }
        self.store.end_session_of(owner, handle).await
    }

    async fn end_sessions_of(&self, owner: &str, except: Option<Uuid>) -> Result<Vec<Uuid>, StoreError> {
        let except = except.filter(|_| self.sin != Sin::EndsTheOneThatIsToStay);
        self.store.end_sessions_of(owner, except).await
    }

    async fn create_within(
        &self,
        limit: OwnerLimit,
        id: &SessionId,
        new: NewSession,
    ) -> Result<Admission<Created>, StoreError> {
        let owner = new.owner.clone().unwrap_or_default();
        let stay = limit.most as usize - 1;
        match self.sin {
            Sin::CountsAndThenCreates => {
                let surplus: Vec<_> = self.all(&owner).await?.into_iter().skip(stay).collect();
                // Until everybody else has counted as well: nobody has for a while.
                let mut counts = self.counts.fetch_add(1, Ordering::Relaxed) + 1;
                loop {
                    sleep(Duration::from_millis(50)).await;
                    match self.counts.load(Ordering::Relaxed) {
                        same if same == counts => break,
                        more => counts = more,
                    }
                }
                if !surplus.is_empty() && limit.when_full == WhenFull::Refuse {
                    return Ok(Admission::Full);
                }
                let mut evicted = Vec::new();
                for device in surplus {
                    if self.store.end_session_of(&owner, device.handle).await? == Deleted::Ended {
                        evicted.push(device.handle);
                    }
                }
                Ok(Admission::In { answer: self.store.create(id, new).await?, evicted })
            }
            Sin::EvictsTheNewest => {
                let mut evicted = Vec::new();
                if let Some(newest) =
                    self.all(&owner).await?.first().filter(|_| limit.when_full == WhenFull::Evict)
                    && self.all(&owner).await?.len() > stay
                {
                    self.store.end_session_of(&owner, newest.handle).await?;
                    evicted.push(newest.handle);
                }
                match self.store.create_within(limit, id, new).await? {
                    Admission::In { answer, .. } => Ok(Admission::In { answer, evicted }),
                    Admission::Full => Ok(Admission::Full),
                }
            }
            Sin::EvictsForNothing => {
                let oldest = self.all(&owner).await?.into_iter().nth(stay);
                if let Some(device) = oldest.filter(|_| limit.when_full == WhenFull::Evict) {
                    self.store.end_session_of(&owner, device.handle).await?;
                }
                self.store.create_within(limit, id, new).await
            }
            Sin::RefusesAfterTheFact => {
                let admission = self.store.create_within(limit, id, new.clone()).await?;
                if admission == Admission::Full {
                    self.store.create(id, new).await?;
                }
                Ok(admission)
            }
            _ => self.store.create_within(limit, id, new).await,
        }
    }

    async fn renew_within(
        &self,
        limit: OwnerLimit,
        old: &SessionId,
        new: &SessionId,
        renewal: Renewal,
    ) -> Result<Admission<Updated>, StoreError> {
        if self.sin == Sin::CountsTheOneThatIsLeft {
            let owner =
                renewal.restart.as_ref().and_then(|restart| restart.owner.clone()).unwrap_or_default();
            let all = self.all(&owner).await?;
            if all.len() >= limit.most as usize {
                if limit.when_full == WhenFull::Refuse {
                    return Ok(Admission::Full);
                }
                let answer = self.store.renew(old, new, renewal).await?;
                let evicted: Vec<_> =
                    all.iter().skip(limit.most as usize - 1).map(|device| device.handle).collect();
                for handle in &evicted {
                    self.store.end_session_of(&owner, *handle).await?;
                }
                return Ok(Admission::In { answer, evicted });
            }
        }
        self.store.renew_within(limit, old, new, renewal).await
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
                let sinner = async { Sinner { store: MemoryStore::new(), sin: Sin::$sin, counts: AtomicU32::new(0) } };
                let kept = catch_unwind(AssertUnwindSafe(|| run(sinner, owner_laws::$law)));
                assert!(kept.is_err(), "{} did not notice", stringify!($law));
            }
        )*
    };
}

found_out! {
    a_list_in_any_order_is_none: ListsInAnyOrder
        by the_last_begun_is_listed_first_and_no_more_than_asked_for;
    a_list_has_an_end: ListsWithoutEnd
        by the_last_begun_is_listed_first_and_no_more_than_asked_for;
    a_handle_is_no_right: EndsWhoeversHandleItIs
        by a_handle_of_somebody_elses_session_ends_nothing;
    who_ends_the_others_stays: EndsTheOneThatIsToStay
        by an_owner_ends_all_sessions_but_one;
    who_knows_owners_says_so: DoesNotSayThatItKnowsOwners
        by the_store_says_that_it_knows_owners;
    a_count_before_a_creation_is_no_limit: CountsAndThenCreates
        by of_many_sign_ins_at_once_no_more_are_live_than_may_be;
    a_count_before_a_creation_refuses_too_few: CountsAndThenCreates
        by of_many_sign_ins_at_once_as_many_are_let_in_as_there_is_room_for;
    the_newest_does_not_make_room: EvictsTheNewest
        by one_too_many_ends_the_one_that_was_not_used_for_longest;
    a_collision_makes_no_room: EvictsForNothing
        by what_begins_nothing_ends_nobody;
    who_signs_in_again_is_not_counted_twice: CountsTheOneThatIsLeft
        by signing_in_again_takes_no_second_place;
    a_refusal_lets_nobody_in: RefusesAfterTheFact
        by one_too_many_may_be_refused_and_changes_nothing;
}
