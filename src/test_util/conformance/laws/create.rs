//! What `create` keeps, and what it never does.

use super::prelude::*;

pub async fn a_new_session_is_found_with_all_that_it_was_created_with<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let id = new_id();
    let values = json!({"cart": [1, 2, {"three": 3.5}], "name": "Ann", "none": null, "yes": true});
    let new = NewSession { owner: Some("ann".into()), ..session(values.clone()) };
    let created = subject.create(&id, new).await;
    let record = subject.live(&id).await;
    assert_eq!(plain(&record.data), values);
    assert_eq!(record.owner.as_deref(), Some("ann"));
    assert_eq!(record.handle, created.handle);
    assert_eq!(record.idle, 10 * HOUR);
    assert!(record.persistent);
}

pub async fn a_new_session_without_values_or_owner_is_a_session<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    let record = subject.live(&id).await;
    assert!(record.data.is_empty());
    assert_eq!(record.owner, None);
}

pub async fn a_new_session_has_its_idle_time_left<U: StoreUnderTest>(subject: Subject<U>) {
    let id = new_id();
    let created = subject.create(&id, session(json!({}))).await;
    assert_about("what is left", created.remaining, 10 * HOUR);
    let record = subject.live(&id).await;
    assert_about("what is left", record.remaining, 10 * HOUR);
    assert_about("the time since it was seen", record.since_seen, Duration::ZERO);
}

pub async fn a_deadline_before_the_idle_time_caps_what_is_left<U: StoreUnderTest>(subject: Subject<U>) {
    let id = new_id();
    let lifetime = Lifetime::new(10 * HOUR, 3 * HOUR);
    let created = subject.create(&id, NewSession { lifetime, ..session(json!({})) }).await;
    assert_about("what is left", created.remaining, 3 * HOUR);
    assert_about("what is left", subject.live(&id).await.remaining, 3 * HOUR);
}

pub async fn the_deadline_counts_from_the_beginning<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    let record = subject.live(&id).await;
    let deadline = record.deadline.expect("the session was given a deadline");
    let life = (deadline - record.created_at).to_std().expect("the deadline is after the beginning");
    assert_about("the longest life", life, 100 * HOUR);
}

pub async fn without_an_absolute_lifetime_there_is_no_deadline<U: StoreUnderTest>(subject: Subject<U>) {
    let lifetime = Lifetime { idle: HOUR, absolute: None, persistent: true };
    let id = subject.begin(NewSession { lifetime, ..session(json!({})) }).await;
    let record = subject.live(&id).await;
    assert_eq!(record.deadline, None);
    assert_about("what is left", record.remaining, HOUR);
}

pub async fn a_session_until_the_browser_closes_is_remembered_as_such<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let lifetime = Lifetime::new(HOUR, 2 * HOUR).until_browser_closes();
    let id = subject.begin(NewSession { lifetime, ..session(json!({})) }).await;
    let record = subject.live(&id).await;
    assert!(!record.persistent);
    assert_about("what is left", record.remaining, HOUR);
}

pub async fn authenticated_at_is_there_exactly_when_there_is_an_owner<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let anonymous = subject.begin(session(json!({}))).await;
    assert_eq!(subject.live(&anonymous).await.authenticated_at, None);

    let owner = Some("ann".to_owned());
    let signed_in = subject.begin(NewSession { owner, ..session(json!({})) }).await;
    let record = subject.live(&signed_in).await;
    let at = record.authenticated_at.expect("somebody signed in");
    assert_about("the sign-in", (at - record.created_at).abs().to_std().unwrap_or_default(), Duration::ZERO);
}

pub async fn two_sessions_have_two_handles_and_two_lives<U: StoreUnderTest>(subject: Subject<U>) {
    let one = subject.begin(session(json!({"n": 1}))).await;
    let other = subject.begin(session(json!({"n": 2}))).await;
    assert_ne!(subject.live(&one).await.handle, subject.live(&other).await.handle);
    subject.saved(&one, set(json!({"n": 3}))).await;
    assert_eq!(subject.values(&other).await, json!({"n": 2}));
    subject.delete(&one, HOUR).await;
    assert!(subject.is_live(&other).await);
}

pub async fn creating_over_a_session_is_a_collision_and_leaves_it_alone<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let owner = Some("ann".to_owned());
    let id = subject.begin(NewSession { owner, ..session(json!({"whose": "ann's"})) }).await;
    let before = subject.live(&id).await;

    let owner = Some("bob".to_owned());
    let second = NewSession { owner, ..session(json!({"whose": "bob's"})) };
    let error = subject.store().create(&id, second).await.expect_err("a second session under one id");
    assert!(error.is_collision(), "{error}");

    let after = subject.live(&id).await;
    assert_eq!(plain(&after.data), json!({"whose": "ann's"}));
    assert_eq!(after.owner.as_deref(), Some("ann"));
    assert_eq!((after.handle, after.version), (before.handle, before.version));
}
