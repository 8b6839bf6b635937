//! An update is a difference, merged into what is stored now.

use super::prelude::*;

pub async fn updates_of_different_names_both_survive<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({"kept": "from the start"}))).await;
    subject.saved(&id, set(json!({"one": 1}))).await;
    subject.saved(&id, set(json!({"two": 2}))).await;
    assert_eq!(subject.values(&id).await, json!({"kept": "from the start", "one": 1, "two": 2}));
}

pub async fn of_two_updates_of_one_name_the_last_wins<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({"n": 0}))).await;
    subject.saved(&id, set(json!({"n": {"first": 1}}))).await;
    subject.saved(&id, set(json!({"n": {"second": 2}}))).await;
    // The whole value: names within it are not merged.
    assert_eq!(subject.values(&id).await, json!({"n": {"second": 2}}));
}

pub async fn an_update_takes_out_what_it_removes_and_nothing_else<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({"a": 1, "b": {"a": 2}, "c": 3, "d": ["a"]}))).await;
    subject.saved(&id, remove(&["a", "c", "never there"])).await;
    assert_eq!(subject.values(&id).await, json!({"b": {"a": 2}, "d": ["a"]}));
}

pub async fn a_name_both_removed_and_set_is_set<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({"a": "old", "b": "old"}))).await;
    subject.saved(&id, Change { removed: vec!["a".into(), "b".into()], ..set(json!({"a": "new"})) }).await;
    assert_eq!(subject.values(&id).await, json!({"a": "new"}));
}

pub async fn a_clearing_update_keeps_only_what_it_sets<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({"a": 1, "b": 2}))).await;
    subject.saved(&id, Change { cleared: true, ..set(json!({"b": "new", "c": 3})) }).await;
    assert_eq!(subject.values(&id).await, json!({"b": "new", "c": 3}));
    subject.saved(&id, Change { cleared: true, ..Change::default() }).await;
    assert_eq!(subject.values(&id).await, json!({}));
}

pub async fn an_update_starts_the_idle_time_anew_but_never_past_the_deadline<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let lifetime = Lifetime::new(10 * HOUR, 20 * HOUR);
    let id = subject.begin(NewSession { lifetime, ..session(json!({})) }).await;
    for (after, left) in [(8 * HOUR, 10 * HOUR), (8 * HOUR, 4 * HOUR)] {
        subject.elapse(after).await;
        // Also one that changes nothing: it was sent because the session was used.
        let saved = subject.saved(&id, Change::default()).await;
        assert_about("what is left", saved.remaining, left);
        let record = subject.live(&id).await;
        assert_about("what is left", record.remaining, left);
        assert_about("the time since it was seen", record.since_seen, Duration::ZERO);
    }
}

pub async fn an_update_moves_the_version_and_answers_it<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    let before = subject.live(&id).await;
    let saved = subject.saved(&id, set(json!({"a": 1}))).await;
    assert_ne!(saved.version, before.version);
    assert_eq!(saved.handle, before.handle);
    assert_eq!(subject.live(&id).await.version, saved.version);
    let again = subject.saved(&id, set(json!({"a": 1}))).await;
    assert!(again.version != saved.version && again.version != before.version);
}

pub async fn an_update_leaves_owner_and_history_alone<U: StoreUnderTest>(subject: Subject<U>) {
    let owner = Some("ann".to_owned());
    let id = subject.begin(NewSession { owner, ..session(json!({})) }).await;
    subject.elapse(HOUR).await;
    let before = subject.live(&id).await;
    subject.saved(&id, Change { cleared: true, ..set(json!({"a": 1})) }).await;
    let after = subject.live(&id).await;
    assert_eq!(after.owner, before.owner);
    assert_eq!(
        (after.handle, after.created_at, after.authenticated_at, after.deadline),
        (before.handle, before.created_at, before.authenticated_at, before.deadline)
    );
    assert_eq!((after.idle, after.persistent), (before.idle, before.persistent));
}

pub async fn an_update_that_expects_this_version_is_saved<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({"n": 1}))).await;
    let expected_version = Some(subject.live(&id).await.version);
    let saved = subject.saved(&id, Change { expected_version, ..set(json!({"n": 2})) }).await;
    let expected_version = Some(saved.version);
    subject.saved(&id, Change { expected_version, ..set(json!({"n": 3})) }).await;
    assert_eq!(subject.values(&id).await, json!({"n": 3}));
}

pub async fn an_update_that_expects_another_version_changes_nothing_at_all<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let id = subject.begin(session(json!({"n": 1, "m": 1}))).await;
    let expected_version = Some(subject.live(&id).await.version);
    subject.saved(&id, set(json!({"n": 2}))).await;
    subject.elapse(HOUR).await;
    let before = subject.live(&id).await;

    let lifetime = Some(Lifetime::new(50 * HOUR, 50 * HOUR).until_browser_closes());
    let late = Change { expected_version, cleared: true, lifetime, ..set(json!({"n": 9, "new": true})) };
    assert_eq!(subject.update(&id, late).await, Updated::Conflict);

    let after = subject.live(&id).await;
    assert_eq!(plain(&after.data), json!({"n": 2, "m": 1}));
    assert_eq!(after.version, before.version);
    assert_eq!(
        (after.idle, after.deadline, after.persistent),
        (before.idle, before.deadline, before.persistent)
    );
    assert_about("what is left", after.remaining, 9 * HOUR);
}
