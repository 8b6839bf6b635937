//! What an owner ends.

use super::super::race::{race, rounds};
use super::prelude::*;

pub async fn an_owner_ends_one_session_and_the_others_stay<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let (one, other) = (new_id(), subject.begin(of("ann")).await);
    let handle = subject.create(&one, of("ann")).await.handle;
    let end = async || subject.store().end_session_of("ann", handle).await.expect("an answer");
    assert_eq!(end().await, Deleted::Ended);
    subject.assert_absent(&one).await;
    assert!(subject.is_live(&other).await);
    assert_eq!(end().await, Deleted::Gone, "twice is once");
}

pub async fn a_handle_of_somebody_elses_session_ends_nothing<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let (bobs, nobodys) = (new_id(), new_id());
    let bobs_handle = subject.create(&bobs, of("bob")).await.handle;
    let nobodys_handle = subject.create(&nobodys, session(json!({}))).await.handle;
    for handle in [bobs_handle, nobodys_handle, Uuid::nil()] {
        let ended = subject.store().end_session_of("ann", handle).await.expect("an answer");
        assert_eq!(ended, Deleted::Gone);
    }
    assert!(subject.is_live(&bobs).await && subject.is_live(&nobodys).await);
}

pub async fn an_owner_ends_all_sessions_but_one<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let (stays, bobs) = (new_id(), subject.begin(of("bob")).await);
    let mut goes = vec![subject.create(&new_id(), of("ann")).await.handle];
    let handle = subject.create(&stays, of("ann")).await.handle;
    goes.push(subject.create(&new_id(), of("ann")).await.handle);
    let mut ended = subject.store().end_sessions_of("ann", Some(handle)).await.expect("handles");
    ended.sort_unstable();
    goes.sort_unstable();
    assert_eq!(ended, goes);
    assert_eq!(live_of(&subject, "ann").await, [handle]);
    assert!(subject.is_live(&stays).await && subject.is_live(&bobs).await);
}

pub async fn an_owner_ends_all_sessions<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let (one, other) = (subject.begin(of("ann")).await, subject.begin(of("ann")).await);
    let expired = session(json!({})).lifetime;
    subject.elapse(expired.idle / 2).await;
    subject.touch(&other).await;
    subject.elapse(expired.idle * 3 / 4).await;
    assert!(!subject.is_live(&one).await);
    let ended = subject.store().end_sessions_of("ann", None).await.expect("handles");
    assert_eq!(ended.len(), 1, "what has expired is over already");
    subject.assert_absent(&other).await;
    assert!(subject.store().end_sessions_of("ann", None).await.expect("handles").is_empty());
}

pub async fn no_write_brings_back_what_its_owner_has_ended<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    let id = subject.begin(of("ann")).await;
    // Known to a cache, if there is one.
    assert!(subject.is_live(&id).await);
    subject.store().end_sessions_of("ann", None).await.expect("handles");
    subject.assert_every_write_finds_it_gone(&id).await;
}

pub async fn a_session_that_is_renewed_meanwhile_is_ended_too<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    for _ in rounds() {
        let (old, new) = (subject.begin(of("ann")).await, new_id());
        let renew = {
            let (subject, old, new) = (subject.clone(), old.clone(), new.clone());
            async move { subject.renew(&old, &new, renewal(Change::default())).await }
        };
        let end = {
            let subject = subject.clone();
            async move { subject.store().end_sessions_of("ann", None).await.expect("handles") }
        };
        let (_, ended) = race(renew, end).await;
        assert_eq!(ended.len(), 1);
        assert!(!subject.is_live(&old).await && !subject.is_live(&new).await);
    }
}

pub async fn a_session_that_is_saved_meanwhile_is_ended_too<U>(subject: Subject<U>)
where
    U: StoreUnderTest<Store: OwnerStore>,
{
    for _ in rounds() {
        let id = subject.begin(of("ann")).await;
        let save = {
            let (subject, id) = (subject.clone(), id.clone());
            async move { subject.update(&id, set(json!({"a": 1}))).await }
        };
        let end = {
            let subject = subject.clone();
            async move { subject.store().end_sessions_of("ann", None).await.expect("handles") }
        };
        let (_, ended) = race(save, end).await;
        assert_eq!(ended.len(), 1);
        assert!(!subject.is_live(&id).await);
    }
}
