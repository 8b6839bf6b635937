//! A touch moves the expiry, and nothing else.

use super::prelude::*;

pub async fn a_touch_starts_the_idle_time_anew<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    subject.elapse(6 * HOUR).await;
    let Touched::Moved { remaining } = subject.touch(&id).await else {
        panic!("a live session was not there to be touched");
    };
    assert_about("what is left", remaining, 10 * HOUR);
    let record = subject.live(&id).await;
    assert_about("what is left", record.remaining, 10 * HOUR);
    assert_about("the time since it was seen", record.since_seen, Duration::ZERO);
    subject.elapse(6 * HOUR).await;
    assert!(subject.is_live(&id).await);
}

pub async fn a_touch_never_passes_the_deadline<U: StoreUnderTest>(subject: Subject<U>) {
    let lifetime = Lifetime::new(10 * HOUR, 12 * HOUR);
    let id = subject.begin(NewSession { lifetime, ..session(json!({})) }).await;
    subject.elapse(8 * HOUR).await;
    let Touched::Moved { remaining } = subject.touch(&id).await else {
        panic!("a live session was not there to be touched");
    };
    assert_about("what is left", remaining, 4 * HOUR);
    assert_about("what is left", subject.live(&id).await.remaining, 4 * HOUR);
}

pub async fn a_touch_takes_no_time_away<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    for _ in 0..3 {
        subject.touch(&id).await;
        assert_about("what is left", subject.live(&id).await.remaining, 10 * HOUR);
    }
}

pub async fn a_touch_leaves_the_values_the_owner_and_the_version_alone<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let owner = Some("ann".to_owned());
    let id = subject.begin(NewSession { owner, ..session(json!({"a": 1})) }).await;
    subject.saved(&id, set(json!({"b": 2}))).await;
    subject.elapse(HOUR).await;
    let before = subject.live(&id).await;
    subject.touch(&id).await;
    let after = subject.live(&id).await;
    assert_eq!(plain(&after.data), json!({"a": 1, "b": 2}));
    assert_eq!(after.owner, before.owner);
    assert_eq!((after.handle, after.version), (before.handle, before.version));
    assert_eq!(
        (after.created_at, after.authenticated_at, after.deadline),
        (before.created_at, before.authenticated_at, before.deadline)
    );
}

pub async fn a_touch_may_move_the_lifetime_and_leaves_the_version_alone<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let id = subject.begin(session(json!({"a": 1}))).await;
    subject.elapse(HOUR).await;
    let before = subject.live(&id).await;
    for (lifetime, left) in [
        (Lifetime::new(30 * HOUR, 300 * HOUR), 30 * HOUR),
        (Lifetime::new(30 * HOUR, 21 * HOUR), 20 * HOUR),
        (Lifetime::new(2 * HOUR, 300 * HOUR), 2 * HOUR),
    ] {
        let touched = subject.store().touch(&id, Some(lifetime)).await.expect("a touch answers");
        let Touched::Moved { remaining } = touched else { panic!("the session is gone") };
        assert_about("what is left", remaining, left);
        let after = subject.live(&id).await;
        assert_about("what is left", after.remaining, left);
        assert_eq!((after.idle, after.persistent), (lifetime.idle, true));
        assert_eq!((after.version, after.created_at), (before.version, before.created_at));
        assert_eq!(plain(&after.data), json!({"a": 1}));
    }
    let over = Some(Lifetime::new(HOUR / 2, HOUR / 2));
    subject.store().touch(&id, over).await.expect("a touch answers");
    subject.assert_absent(&id).await;
    assert_eq!(
        subject.store().touch(&id, Some(Lifetime::new(HOUR, 9 * HOUR))).await.expect("a touch answers"),
        Touched::Gone
    );
}
