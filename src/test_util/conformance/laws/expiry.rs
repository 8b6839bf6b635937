//! What has expired is absent to every method, whether or not it was pruned.

use super::prelude::*;

pub async fn an_unknown_id_is_absent<U: StoreUnderTest>(subject: Subject<U>) {
    subject.assert_absent(&new_id()).await;
}

pub async fn no_write_makes_a_session_of_an_unknown_id<U: StoreUnderTest>(subject: Subject<U>) {
    let id = new_id();
    subject.assert_every_write_finds_it_gone(&id).await;
    subject.assert_absent(&id).await;
}

pub async fn a_session_is_absent_once_its_idle_time_is_over<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    subject.elapse(9 * HOUR).await;
    let record = subject.live(&id).await;
    assert_about("what is left", record.remaining, HOUR);
    assert_about("the time since it was seen", record.since_seen, 9 * HOUR);
    subject.elapse(HOUR).await;
    subject.assert_absent(&id).await;
}

pub async fn a_session_is_absent_once_its_deadline_is_over_however_busy_it_was<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let id = subject.begin(session(json!({}))).await;
    for hours in (9..100).step_by(9) {
        subject.elapse(9 * HOUR).await;
        assert_ne!(subject.touch(&id).await, Touched::Gone, "gone after {hours} hours");
        subject.saved(&id, set(json!({"hours": hours}))).await;
    }
    subject.elapse(HOUR).await;
    subject.assert_absent(&id).await;
    subject.assert_every_write_finds_it_gone(&id).await;
}

pub async fn no_write_brings_an_expired_session_back<U: StoreUnderTest>(subject: Subject<U>) {
    // A write may prune what it finds expired, so that the next one meets an empty place. Each kind
    // meets an expired session of its own first.
    let idle = subject.begin(session(json!({}))).await;
    let updated = subject.begin(session(json!({}))).await;
    let touched = subject.begin(session(json!({}))).await;
    subject.elapse(11 * HOUR).await;
    assert_eq!(subject.update(&updated, set(json!({"a": 1}))).await, Updated::Gone);
    assert_eq!(subject.touch(&touched).await, Touched::Gone);
    let new = new_id();
    assert_eq!(subject.renew(&idle, &new, renewal(Change::default())).await, Updated::Gone);
    subject.assert_absent(&new).await;
    for id in [idle, updated, touched] {
        subject.assert_absent(&id).await;
        subject.assert_every_write_finds_it_gone(&id).await;
    }
}

pub async fn an_update_that_moves_the_lifetime_does_not_bring_an_expired_session_back<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let id = subject.begin(session(json!({}))).await;
    subject.elapse(11 * HOUR).await;
    let lifetime = Some(Lifetime::new(1000 * HOUR, 1000 * HOUR));
    assert_eq!(subject.update(&id, Change { lifetime, ..Change::default() }).await, Updated::Gone);
    subject.assert_absent(&id).await;
}

pub async fn a_session_can_live_for_a_hundred_years<U: StoreUnderTest>(subject: Subject<U>) {
    let century = 100 * 365 * 24 * HOUR;
    let lifetime = Lifetime::new(century, century);
    let id = subject.begin(NewSession { lifetime, ..session(json!({})) }).await;
    assert_about("what is left", subject.live(&id).await.remaining, century);
    let saved = subject.saved(&id, Change { lifetime: Some(lifetime), ..set(json!({"old": true})) }).await;
    assert_about("what is left", saved.remaining, century);
    assert_ne!(subject.touch(&id).await, Touched::Gone);
    let (id, _) = subject.renewed(&id, renewal(Change::default())).await;
    let record = subject.live(&id).await;
    assert_eq!(record.idle, century);
    assert_about("what is left", record.remaining, century);
}
