//! The end of a session.

use super::prelude::*;

pub async fn a_deleted_session_is_remembered_for_the_grace_and_then_forgotten<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let id = subject.begin(session(json!({}))).await;
    subject.delete(&id, HOUR).await;
    subject.assert_ended(&id).await;
    subject.elapse(2 * HOUR).await;
    subject.assert_absent(&id).await;
}

pub async fn without_a_grace_a_deleted_session_is_forgotten_at_once<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    subject.delete(&id, Duration::ZERO).await;
    subject.assert_absent(&id).await;
}

pub async fn no_write_brings_a_deleted_session_back<U: StoreUnderTest>(subject: Subject<U>) {
    for late_grace in [HOUR, Duration::ZERO] {
        let id = subject.begin(session(json!({"a": 1}))).await;
        subject.delete(&id, late_grace).await;
        subject.assert_every_write_finds_it_gone(&id).await;
        subject.elapse(2 * HOUR).await;
        subject.assert_every_write_finds_it_gone(&id).await;
        subject.assert_absent(&id).await;
    }
}

pub async fn deleting_twice_is_deleting_once<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    assert_eq!(subject.delete(&id, HOUR).await, Deleted::Ended);
    assert_eq!(subject.delete(&id, HOUR).await, Deleted::Gone);
    subject.assert_ended(&id).await;
}

pub async fn deleting_what_is_not_there_leaves_no_mark<U: StoreUnderTest>(subject: Subject<U>) {
    let id = new_id();
    assert_eq!(subject.delete(&id, HOUR).await, Deleted::Gone);
    subject.assert_absent(&id).await;
}

pub async fn deleting_what_has_expired_leaves_no_mark<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    subject.elapse(11 * HOUR).await;
    assert_eq!(subject.delete(&id, HOUR).await, Deleted::Gone, "it was over before");
    subject.assert_absent(&id).await;
}

pub async fn a_deletion_under_an_id_that_was_renewed_away_ends_the_session_under_its_new_one<
    U: StoreUnderTest,
>(
    subject: Subject<U>,
) {
    let first = subject.begin(session(json!({}))).await;
    let (second, _) = subject.renewed(&first, renewal(Change::default())).await;
    let (third, _) = subject.renewed(&second, renewal(Change::default())).await;
    assert_eq!(subject.delete(&first, HOUR).await, Deleted::Ended);
    for id in [first, second, third] {
        subject.assert_ended(&id).await;
    }
}

pub async fn a_deletion_under_an_id_from_before_a_restart_leaves_the_new_session_alone<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let old = subject.begin(session(json!({}))).await;
    let begun = Renewal { restart: Some(restart(Some("ann"))), ..renewal(Change::default()) };
    let (new, _) = subject.renewed(&old, begun).await;
    assert_eq!(subject.delete(&old, HOUR).await, Deleted::Gone);
    assert_eq!(subject.live(&new).await.owner.as_deref(), Some("ann"));
}

pub async fn a_deletion_under_an_id_that_is_no_longer_remembered_ends_nothing<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let old = subject.begin(session(json!({}))).await;
    let (new, _) = subject.renewed(&old, renewal(Change::default())).await;
    subject.elapse(2 * HOUR).await;
    subject.delete(&old, HOUR).await;
    assert!(subject.is_live(&new).await, "whoever had the old id hours ago has ended the session");
}
