//! The same session under another id.

use super::prelude::*;

pub async fn a_renewed_session_is_the_same_session_under_the_new_id<U: StoreUnderTest>(subject: Subject<U>) {
    let lifetime = Lifetime::new(10 * HOUR, 40 * HOUR).until_browser_closes();
    let owner = Some("ann".to_owned());
    let old = subject.begin(NewSession { lifetime, owner, ..session(json!({"a": 1})) }).await;
    subject.elapse(2 * HOUR).await;
    let before = subject.live(&old).await;
    let (new, saved) = subject.renewed(&old, renewal(Change::default())).await;
    let after = subject.live(&new).await;
    assert_eq!(plain(&after.data), json!({"a": 1}));
    assert_eq!(after.owner.as_deref(), Some("ann"));
    assert_eq!((after.handle, saved.handle), (before.handle, before.handle));
    assert_eq!(after.version, saved.version);
    assert_eq!(
        (after.created_at, after.authenticated_at, after.deadline),
        (before.created_at, before.authenticated_at, before.deadline)
    );
    assert_eq!((after.idle, after.persistent), (10 * HOUR, false));
}

pub async fn a_renewal_merges_its_change<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(session(json!({"a": 1, "b": 2}))).await;
    // Somebody else's save, which the renewal does not know of.
    subject.saved(&old, set(json!({"c": 3}))).await;
    let change = Change { removed: vec!["a".into()], ..set(json!({"d": 4})) };
    let (new, _) = subject.renewed(&old, renewal(change)).await;
    assert_eq!(subject.values(&new).await, json!({"b": 2, "c": 3, "d": 4}));

    let (new, _) = subject.renewed(&new, renewal(Change { cleared: true, ..set(json!({"e": 5})) })).await;
    assert_eq!(subject.values(&new).await, json!({"e": 5}));
}

pub async fn a_renewal_counts_as_use<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(session(json!({}))).await;
    subject.elapse(8 * HOUR).await;
    let (new, saved) = subject.renewed(&old, renewal(Change::default())).await;
    assert_about("what is left", saved.remaining, 10 * HOUR);
    let record = subject.live(&new).await;
    assert_about("what is left", record.remaining, 10 * HOUR);
    assert_about("the time since it was seen", record.since_seen, Duration::ZERO);
}

pub async fn a_renewal_may_move_the_lifetime<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(session(json!({}))).await;
    subject.elapse(5 * HOUR).await;
    let lifetime = Some(Lifetime::new(30 * HOUR, 25 * HOUR).until_browser_closes());
    let (new, saved) = subject.renewed(&old, renewal(Change { lifetime, ..Change::default() })).await;
    assert_about("what is left", saved.remaining, 20 * HOUR);
    let record = subject.live(&new).await;
    assert_eq!((record.idle, record.persistent), (30 * HOUR, false));
}

pub async fn the_old_id_is_remembered_for_the_grace_and_then_forgotten<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let old = subject.begin(session(json!({}))).await;
    let (new, _) = subject.renewed(&old, renewal(Change::default())).await;
    subject.assert_ended(&old).await;
    subject.elapse(2 * HOUR).await;
    subject.assert_absent(&old).await;
    assert!(subject.is_live(&new).await);
}

pub async fn without_a_grace_the_old_id_is_forgotten_at_once<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(session(json!({}))).await;
    let forgetful = Renewal { late_grace: Duration::ZERO, ..renewal(Change::default()) };
    let (new, _) = subject.renewed(&old, forgetful).await;
    subject.assert_absent(&old).await;
    assert!(subject.is_live(&new).await);
}

pub async fn no_write_to_the_old_id_reaches_the_session<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(session(json!({"a": 1}))).await;
    let (new, saved) = subject.renewed(&old, renewal(Change::default())).await;
    subject.assert_every_write_finds_it_gone(&old).await;
    let record = subject.live(&new).await;
    assert_eq!(plain(&record.data), json!({"a": 1}));
    assert_eq!(record.version, saved.version);
}

pub async fn renewing_onto_a_session_is_a_collision_and_leaves_both_alone<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let old = subject.begin(session(json!({"which": "old"}))).await;
    let taken = subject.begin(session(json!({"which": "taken"}))).await;
    let before = (subject.live(&old).await, subject.live(&taken).await);

    for restart in [None, Some(restart(Some("ann")))] {
        let renewal = Renewal { restart, ..renewal(set(json!({"which": "merged"}))) };
        let answer = subject.store().renew(&old, &taken, renewal).await;
        let error = answer.expect_err("a renewal onto an id that is taken");
        assert!(error.is_collision(), "{error}");
    }
    let after = (subject.live(&old).await, subject.live(&taken).await);
    assert_eq!(plain(&after.0.data), json!({"which": "old"}));
    assert_eq!(plain(&after.1.data), json!({"which": "taken"}));
    assert_eq!((after.0.version, after.1.version), (before.0.version, before.1.version));
    assert_eq!((after.0.handle, after.1.handle), (before.0.handle, before.1.handle));
}

pub async fn a_renewal_that_expects_another_version_changes_nothing_at_all<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let old = subject.begin(session(json!({"n": 1}))).await;
    let expected_version = Some(subject.live(&old).await.version);
    let saved = subject.saved(&old, set(json!({"n": 2}))).await;
    for restart in [None, Some(restart(Some("ann")))] {
        let new = new_id();
        let change = Change { expected_version, ..set(json!({"n": 9})) };
        let late = Renewal { restart, ..renewal(change) };
        assert_eq!(subject.renew(&old, &new, late).await, Updated::Conflict);
        subject.assert_absent(&new).await;
        let record = subject.live(&old).await;
        assert_eq!((plain(&record.data), record.version), (json!({"n": 2}), saved.version));
    }
    let change = Change { expected_version: Some(saved.version), ..set(json!({"n": 3})) };
    let (new, _) = subject.renewed(&old, renewal(change)).await;
    assert_eq!(subject.values(&new).await, json!({"n": 3}));
}
