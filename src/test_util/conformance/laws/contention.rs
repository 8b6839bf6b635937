//! Many calls of one kind at once: no update is lost, and of what can happen once, one does.

use super::super::race::{CONTENDERS, at_once, rounds};
use super::prelude::*;

pub async fn of_many_creations_of_one_id_one_wins<U: StoreUnderTest>(subject: Subject<U>) {
    for _ in rounds() {
        let id = new_id();
        let answers = at_once((0..CONTENDERS).map(|n| {
            let (subject, id) = (subject.clone(), id.clone());
            async move { subject.store().create(&id, session(json!({"n": n}))).await }
        }))
        .await;
        let winners: Vec<_> = (0..CONTENDERS).filter(|n| answers[*n].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{answers:?}");
        for answer in &answers {
            assert!(answer.as_ref().err().is_none_or(|error| error.is_collision()), "{answer:?}");
        }
        assert_eq!(subject.values(&id).await, json!({"n": winners[0]}));
    }
}

pub async fn of_many_renewals_of_one_id_one_is_saved_and_the_others_find_it_gone<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    for restarts in rounds().map(|round| round % 2 == 1) {
        let old = subject.begin(session(json!({}))).await;
        let answers = at_once((0..CONTENDERS).map(|_| {
            let (subject, old) = (subject.clone(), old.clone());
            async move {
                let new = new_id();
                let restart = restarts.then(|| restart(Some("ann")));
                let renewal = Renewal { restart, ..renewal(Change::default()) };
                let answer = subject.renew(&old, &new, renewal).await;
                (new, answer)
            }
        }))
        .await;
        let mut saved = 0;
        for (new, answer) in &answers {
            let won = matches!(answer, Updated::Saved(_));
            assert!(won || *answer == Updated::Gone, "{answer:?}");
            assert_eq!(subject.is_live(new).await, won, "{answer:?}");
            saved += u32::from(won);
        }
        assert_eq!(saved, 1, "{answers:?}");
        subject.assert_ended(&old).await;
    }
}

pub async fn fifty_updates_of_fifty_names_at_once_all_survive<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    at_once((0..50).map(|n| {
        let (subject, id) = (subject.clone(), id.clone());
        async move { subject.saved(&id, set(json!({ (format!("name {n}")): n }))).await }
    }))
    .await;
    let expected: serde_json::Map<_, _> = (0..50).map(|n| (format!("name {n}"), json!(n))).collect();
    assert_eq!(subject.values(&id).await, serde_json::Value::from(expected));
}

pub async fn fifty_counters_that_expect_a_version_lose_no_step<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({"n": 0}))).await;
    at_once((0..50).map(|_| {
        let (subject, id) = (subject.clone(), id.clone());
        async move { count(&subject, &id).await }
    }))
    .await;
    assert_eq!(subject.values(&id).await, json!({"n": 50}));
}

/// Adds one, again and again until nobody came in between.
async fn count<U: StoreUnderTest>(subject: &Subject<U>, id: &SessionId) {
    loop {
        let record = subject.live(id).await;
        let n: u32 = record.get("n").expect("the counter is a number").unwrap_or_default();
        let expected_version = Some(record.version);
        match subject.update(id, Change { expected_version, ..set(json!({"n": n + 1})) }).await {
            Updated::Saved(_) => return,
            Updated::Conflict => {}
            Updated::Gone => panic!("the session went while it was counted in"),
        }
    }
}

pub async fn a_deletion_among_many_updates_is_the_end<U: StoreUnderTest>(subject: Subject<U>) {
    for _ in rounds() {
        let id = subject.begin(session(json!({}))).await;
        at_once((0..CONTENDERS).map(|n| {
            let (subject, id) = (subject.clone(), id.clone());
            async move {
                if n == CONTENDERS / 2 {
                    subject.delete(&id, HOUR).await;
                } else {
                    subject.update(&id, set(json!({ (format!("name {n}")): n }))).await;
                }
            }
        }))
        .await;
        subject.assert_ended(&id).await;
        subject.assert_every_write_finds_it_gone(&id).await;
    }
}
