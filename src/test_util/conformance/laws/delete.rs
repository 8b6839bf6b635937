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
    subject.delete(&id, HOUR).await;
    subject.delete(&id, HOUR).await;
    subject.assert_ended(&id).await;
}

pub async fn deleting_what_is_not_there_leaves_no_mark<U: StoreUnderTest>(subject: Subject<U>) {
    let id = new_id();
    subject.delete(&id, HOUR).await;
    subject.assert_absent(&id).await;
}

pub async fn deleting_what_has_expired_leaves_no_mark<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    subject.elapse(11 * HOUR).await;
    subject.delete(&id, HOUR).await;
    subject.assert_absent(&id).await;
}
