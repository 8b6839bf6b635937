//! How many sessions an owner may have.

use super::super::race::at_once;
use super::prelude::*;
use crate::store::Created;

const EVICT: OwnerLimit = OwnerLimit { most: 2, when_full: WhenFull::Evict };
const REFUSE: OwnerLimit = OwnerLimit { most: 2, when_full: WhenFull::Refuse };

const NOBODY: [Uuid; 0] = [];

/// More than the limit, by far.
const CROWD: usize = 24;

async fn sign_in<U>(subject: &Subject<U>, limit: OwnerLimit, owner: &str) -> (SessionId, Admission<Created>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let id = new_id();
    let admission = subject.store().create_within(limit, &id, of(owner)).await.expect("an answer");
    (id, admission)
}

fn begun<T>(admission: Admission<T>) -> (T, Vec<Uuid>) {
    match admission {
        Admission::In { answer, evicted } => (answer, evicted),
        Admission::Full => panic!("there is room"),
    }
}

/// A sign-in in the place of a session.
fn restarted(owner: &str) -> Renewal {
    Renewal { restart: Some(restart(Some(owner))), ..renewal(Change::default()) }
}

pub async fn within_the_limit_nobody_is_ended<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    for limit in [EVICT, REFUSE] {
        let owner = format!("{:?}", limit.when_full);
        for _ in 0..2 {
            let (id, admission) = sign_in(&subject, limit, &owner).await;
            let (created, evicted) = begun(admission);
            assert_eq!(evicted, NOBODY);
            assert_eq!(subject.live(&id).await.handle, created.handle);
        }
        assert_eq!(live_of(&subject, &owner).await.len(), 2);
    }
}

pub async fn one_too_many_ends_the_one_that_was_not_used_for_longest<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let (first, _) = sign_in(&subject, EVICT, "ann").await;
    subject.elapse(HOUR).await;
    let (second, admission) = sign_in(&subject, EVICT, "ann").await;
    let handle = begun(admission).0.handle;
    subject.elapse(HOUR).await;
    subject.touch(&first).await;
    let (third, admission) = sign_in(&subject, EVICT, "ann").await;
    assert_eq!(begun(admission).1, [handle]);
    subject.assert_absent(&second).await;
    assert!(subject.is_live(&first).await && subject.is_live(&third).await);
}

pub async fn one_too_many_may_be_refused_and_changes_nothing<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    sign_in(&subject, REFUSE, "ann").await;
    sign_in(&subject, REFUSE, "ann").await;
    let before = live_of(&subject, "ann").await;
    let (id, admission) = sign_in(&subject, REFUSE, "ann").await;
    assert_eq!(admission, Admission::Full);
    subject.assert_absent(&id).await;
    let stranger = subject.begin(session(json!({"cart": 1}))).await;
    let renewed = subject.store().renew_within(REFUSE, &stranger, &id, restarted("ann")).await;
    assert_eq!(renewed.expect("an answer"), Admission::Full);
    assert_eq!(subject.values(&stranger).await, json!({"cart": 1}), "the stranger stays a stranger");
    assert_eq!(live_of(&subject, "ann").await, before);
}

pub async fn signing_in_again_takes_no_second_place<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    for limit in [EVICT, REFUSE] {
        let owner = format!("{:?}", limit.when_full);
        let (mut id, _) = sign_in(&subject, limit, &owner).await;
        let (other, _) = sign_in(&subject, limit, &owner).await;
        for _ in 0..3 {
            let new = new_id();
            let renewed = subject.store().renew_within(limit, &id, &new, restarted(&owner)).await;
            let (updated, evicted) = begun(renewed.expect("an answer"));
            assert!(matches!(updated, Updated::Saved(_)), "{updated:?}");
            assert_eq!(evicted, NOBODY);
            id = new;
        }
        assert!(subject.is_live(&other).await);
        assert_eq!(live_of(&subject, &owner).await.len(), 2);
    }
}

pub async fn a_stranger_who_signs_in_takes_a_place<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let (first, admission) = sign_in(&subject, EVICT, "ann").await;
    let handle = begun(admission).0.handle;
    subject.elapse(HOUR).await;
    sign_in(&subject, EVICT, "ann").await;
    let (stranger, new) = (subject.begin(session(json!({"cart": 1}))).await, new_id());
    let renewed = subject.store().renew_within(EVICT, &stranger, &new, restarted("ann")).await;
    let (updated, evicted) = begun(renewed.expect("an answer"));
    assert!(matches!(updated, Updated::Saved(_)), "{updated:?}");
    assert_eq!(evicted, [handle]);
    subject.assert_absent(&first).await;
    assert_eq!(subject.values(&new).await, json!({"cart": 1}));
    assert_eq!(live_of(&subject, "ann").await.len(), 2);
}

pub async fn sessions_of_others_and_of_nobody_do_not_count<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    for _ in 0..3 {
        subject.begin(of("bob")).await;
        subject.begin(session(json!({}))).await;
    }
    let over = subject.begin(of("ann")).await;
    subject.delete(&over, HOUR).await;
    for _ in 0..2 {
        assert_eq!(begun(sign_in(&subject, REFUSE, "ann").await.1).1, NOBODY);
    }
    assert_eq!(live_of(&subject, "bob").await.len(), 3);
    subject.elapse(11 * HOUR).await;
    assert_eq!(begun(sign_in(&subject, REFUSE, "ann").await.1).1, NOBODY, "what has expired takes no place");
}

pub async fn a_lower_limit_ends_as_many_as_it_takes<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    for _ in 0..5 {
        subject.begin(of("ann")).await;
    }
    let (_, evicted) = begun(sign_in(&subject, EVICT, "ann").await.1);
    assert_eq!(evicted.len(), 4);
    assert_eq!(live_of(&subject, "ann").await.len(), 2);
}

pub async fn what_begins_nothing_ends_nobody<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    sign_in(&subject, EVICT, "ann").await;
    subject.elapse(HOUR).await;
    let (stays, _) = sign_in(&subject, EVICT, "ann").await;
    let before = live_of(&subject, "ann").await;
    let collision = subject.store().create_within(EVICT, &stays, of("ann")).await;
    assert!(collision.is_err_and(|error| error.is_collision()));
    for limit in [EVICT, REFUSE] {
        let gone = subject.store().renew_within(limit, &new_id(), &new_id(), restarted("ann")).await;
        assert_eq!(begun(gone.expect("an answer")), (Updated::Gone, Vec::new()));
    }
    let stranger = subject.begin(session(json!({}))).await;
    let change = Change { expected_version: Some(7), ..Change::default() };
    let conflict = Renewal { change, ..restarted("ann") };
    let conflict = subject.store().renew_within(EVICT, &stranger, &new_id(), conflict).await;
    assert_eq!(begun(conflict.expect("an answer")), (Updated::Conflict, Vec::new()));
    assert_eq!(live_of(&subject, "ann").await, before);
}

pub async fn of_many_sign_ins_at_once_no_more_are_live_than_may_be<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let sign_ins = (0..CROWD).map(|n| {
        let subject = subject.clone();
        async move {
            // Half of them had a session before.
            if n % 2 == 0 {
                return begun(sign_in(&subject, EVICT, "ann").await.1).1;
            }
            let (stranger, new) = (subject.begin(session(json!({}))).await, new_id());
            let renewed = subject.store().renew_within(EVICT, &stranger, &new, restarted("ann")).await;
            let (updated, evicted) = begun(renewed.expect("an answer"));
            assert!(matches!(updated, Updated::Saved(_)), "{updated:?}");
            evicted
        }
    });
    let mut evicted: Vec<_> = at_once(sign_ins).await.into_iter().flatten().collect();
    assert_eq!(evicted.len(), CROWD - 2);
    let live = live_of(&subject, "ann").await;
    assert_eq!(live.len(), 2);
    evicted.extend(live);
    evicted.sort_unstable();
    evicted.dedup();
    assert_eq!(evicted.len(), CROWD, "each was told once");
}

pub async fn of_many_sign_ins_at_once_as_many_are_let_in_as_there_is_room_for<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let sign_ins = (0..CROWD).map(|_| {
        let subject = subject.clone();
        async move { sign_in(&subject, REFUSE, "ann").await.1 }
    });
    let let_in =
        at_once(sign_ins).await.into_iter().filter(|admission| *admission != Admission::Full).count();
    assert_eq!(let_in, 2);
    assert_eq!(live_of(&subject, "ann").await.len(), 2);
}
