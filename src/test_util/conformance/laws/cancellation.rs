//! A call that is dropped half way has happened or has not, and nothing between.
//!
//! A store on a network may finish a call that was dropped after it was sent, so a law looks twice
//! where it must.

use super::super::abandon::{MOST_WAITS, abandon_after};
use super::prelude::*;

pub async fn a_dropped_creation_made_the_whole_session_or_none<U: StoreUnderTest>(subject: Subject<U>) {
    for waits in 1..=MOST_WAITS {
        let id = new_id();
        let owner = Some("ann".to_owned());
        let new = NewSession { owner, ..session(json!({"a": 1, "b": 2})) };
        let finished = abandon_after(waits, subject.store().create(&id, new)).await;
        match subject.load(&id).await {
            Loaded::Live(record) => {
                assert_eq!(plain(&record.data), json!({"a": 1, "b": 2}));
                assert_eq!(record.owner.as_deref(), Some("ann"));
                assert!(record.authenticated_at.is_some());
            }
            other => assert!(!finished && matches!(other, Loaded::Absent), "{other:?}"),
        }
        if finished {
            return;
        }
    }
}

pub async fn a_dropped_update_is_saved_whole_or_not_at_all<U: StoreUnderTest>(subject: Subject<U>) {
    for waits in 1..=MOST_WAITS {
        let id = subject.begin(session(json!({"a": 1, "b": 1}))).await;
        let before = subject.live(&id).await.version;
        let lifetime = Some(Lifetime::new(30 * HOUR, 60 * HOUR));
        let change = Change { lifetime, removed: vec!["a".into()], ..set(json!({"b": 2, "c": 3})) };
        let finished = abandon_after(waits, subject.store().update(&id, change)).await;
        let record = subject.live(&id).await;
        if record.version == before {
            assert!(!finished);
            assert_eq!((plain(&record.data), record.idle), (json!({"a": 1, "b": 1}), 10 * HOUR));
        } else {
            assert_eq!((plain(&record.data), record.idle), (json!({"b": 2, "c": 3}), 30 * HOUR));
        }
        if finished {
            return;
        }
    }
}

pub async fn a_dropped_touch_leaves_a_live_session<U: StoreUnderTest>(subject: Subject<U>) {
    for waits in 1..=MOST_WAITS {
        let id = subject.begin(session(json!({"a": 1}))).await;
        let finished = abandon_after(waits, subject.store().touch(&id, None)).await;
        assert_eq!(subject.values(&id).await, json!({"a": 1}));
        if finished {
            return;
        }
    }
}

pub async fn a_dropped_renewal_leaves_one_live_id<U: StoreUnderTest>(subject: Subject<U>) {
    for waits in 1..=MOST_WAITS {
        let (old, new) = (subject.begin(session(json!({"a": 1}))).await, new_id());
        let renewal = renewal(set(json!({"b": 2})));
        let finished = abandon_after(waits, subject.store().renew(&old, &new, renewal)).await;
        if subject.is_live(&old).await {
            assert!(!finished, "the old id outlived its renewal");
            let both = subject.is_live(&new).await && subject.is_live(&old).await;
            assert!(!both, "both ids are live");
        } else {
            assert_eq!(subject.values(&new).await, json!({"a": 1, "b": 2}));
        }
        if finished {
            return;
        }
    }
}

pub async fn a_dropped_deletion_leaves_the_session_or_its_end<U: StoreUnderTest>(subject: Subject<U>) {
    for waits in 1..=MOST_WAITS {
        let id = subject.begin(session(json!({"a": 1}))).await;
        let finished = abandon_after(waits, subject.store().delete(&id, HOUR)).await;
        match subject.load(&id).await {
            Loaded::Live(record) => {
                assert!(!finished, "the session outlived its deletion");
                assert_eq!(plain(&record.data), json!({"a": 1}));
            }
            Loaded::Ended => {}
            Loaded::Absent => panic!("the session is gone, and so is the mark of its end"),
        }
        if finished {
            return;
        }
    }
}

pub async fn a_dropped_load_disturbs_nobody<U: StoreUnderTest>(subject: Subject<U>) {
    for waits in 1..=MOST_WAITS {
        let id = subject.begin(session(json!({"a": 1}))).await;
        let finished = abandon_after(waits, subject.store().load(&id)).await;
        subject.saved(&id, set(json!({"b": 2}))).await;
        assert_eq!(subject.values(&id).await, json!({"a": 1, "b": 2}));
        if finished {
            return;
        }
    }
}
