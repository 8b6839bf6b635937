//! Two kinds of calls at once: whatever the order, what ended stays ended.

use super::super::race::{race, rounds};
use super::prelude::*;

pub async fn whatever_the_order_nothing_is_live_after_an_update_and_a_deletion<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    for _ in rounds() {
        let id = subject.begin(session(json!({"a": 1}))).await;
        let (updating, deleting) = (subject.clone(), subject.clone());
        let (update_id, delete_id) = (id.clone(), id.clone());
        race(async move { updating.update(&update_id, set(json!({"b": 2}))).await }, async move {
            deleting.delete(&delete_id, HOUR).await
        })
        .await;
        subject.assert_ended(&id).await;
    }
}

pub async fn whatever_the_order_nothing_is_live_after_a_touch_and_a_deletion<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    for _ in rounds() {
        let id = subject.begin(session(json!({}))).await;
        let (touching, deleting) = (subject.clone(), subject.clone());
        let (touch_id, delete_id) = (id.clone(), id.clone());
        race(async move { touching.touch(&touch_id).await }, async move {
            deleting.delete(&delete_id, HOUR).await
        })
        .await;
        subject.assert_ended(&id).await;
    }
}

/// A deletion that came second follows the session to its new id; a sign-out is never lost.
pub async fn a_renewal_racing_a_deletion_leaves_nothing_live<U: StoreUnderTest>(subject: Subject<U>) {
    for _ in rounds() {
        let old = subject.begin(session(json!({}))).await;
        let new = new_id();
        let (renewing, deleting) = (subject.clone(), subject.clone());
        let (old_id, new_id, delete_id) = (old.clone(), new.clone(), old.clone());
        race(async move { renewing.renew(&old_id, &new_id, renewal(Change::default())).await }, async move {
            deleting.delete(&delete_id, HOUR).await
        })
        .await;
        assert!(!subject.is_live(&old).await, "the old id is live after a renewal and a deletion");
        assert!(!subject.is_live(&new).await, "the session outlives its deletion under the new id");
    }
}

/// A restart is another session: it is there exactly if there was one to begin in the place of.
pub async fn a_restart_racing_a_deletion_is_live_exactly_when_it_came_first<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    for _ in rounds() {
        let old = subject.begin(session(json!({}))).await;
        let new = new_id();
        let (renewing, deleting) = (subject.clone(), subject.clone());
        let (old_id, new_id, delete_id) = (old.clone(), new.clone(), old.clone());
        let begun = Renewal { restart: Some(restart(Some("ann"))), ..renewal(Change::default()) };
        let (renewed, _) = race(async move { renewing.renew(&old_id, &new_id, begun).await }, async move {
            deleting.delete(&delete_id, HOUR).await
        })
        .await;
        assert!(!subject.is_live(&old).await, "the old id is live after a restart and a deletion");
        assert_eq!(subject.is_live(&new).await, matches!(renewed, Updated::Saved(_)), "{renewed:?}");
    }
}

pub async fn an_update_racing_a_renewal_is_in_the_new_row_or_was_told_that_it_is_not<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    for _ in rounds() {
        let old = subject.begin(session(json!({"a": 1}))).await;
        let new = new_id();
        let (updating, renewing) = (subject.clone(), subject.clone());
        let (update_id, old_id, new_id) = (old.clone(), old.clone(), new.clone());
        let (updated, renewed) =
            race(async move { updating.update(&update_id, set(json!({"b": 2}))).await }, async move {
                renewing.renew(&old_id, &new_id, renewal(set(json!({"c": 3})))).await
            })
            .await;
        assert!(matches!(renewed, Updated::Saved(_)), "{renewed:?}");
        subject.assert_ended(&old).await;
        let expected = match updated {
            Updated::Saved(_) => json!({"a": 1, "b": 2, "c": 3}),
            Updated::Gone => json!({"a": 1, "c": 3}),
            Updated::Conflict => panic!("an update that expects no version is in conflict with none"),
        };
        assert_eq!(subject.values(&new).await, expected, "the update was answered {updated:?}");
    }
}

pub async fn a_touch_racing_a_renewal_does_not_bring_the_old_id_back<U: StoreUnderTest>(subject: Subject<U>) {
    for _ in rounds() {
        let old = subject.begin(session(json!({"a": 1}))).await;
        let new = new_id();
        let (touching, renewing) = (subject.clone(), subject.clone());
        let (touch_id, old_id, new_id) = (old.clone(), old.clone(), new.clone());
        race(async move { touching.touch(&touch_id).await }, async move {
            renewing.renew(&old_id, &new_id, renewal(Change::default())).await
        })
        .await;
        subject.assert_ended(&old).await;
        assert_eq!(subject.values(&new).await, json!({"a": 1}));
    }
}

pub async fn at_no_moment_of_a_renewal_are_both_ids_live_or_neither<U: StoreUnderTest>(subject: Subject<U>) {
    for _ in rounds() {
        let old = subject.begin(session(json!({}))).await;
        let new = new_id();
        let (watching, renewing) = (subject.clone(), subject.clone());
        let (watched_old, watched_new) = (old.clone(), new.clone());
        race(
            async move {
                // What is live is looked for in the order of its life, so that a renewal between two
                // looks cannot make a true law look false.
                while watching.is_live(&watched_old).await {
                    if watching.is_live(&watched_new).await {
                        assert!(!watching.is_live(&watched_old).await, "both ids are live");
                    }
                    tokio::task::yield_now().await;
                }
                assert!(watching.is_live(&watched_new).await, "neither id is live");
            },
            async move { renewing.renew(&old, &new, renewal(Change::default())).await },
        )
        .await;
    }
}
