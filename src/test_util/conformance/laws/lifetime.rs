//! A session may be given another lifetime while it lives: "remember me", or the end of it.

use super::prelude::*;

fn lifetime(lifetime: Lifetime) -> Change {
    Change { lifetime: Some(lifetime), ..Change::default() }
}

pub async fn a_new_lifetime_replaces_the_old_one<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({"a": 1}))).await;
    let longer = Lifetime::new(30 * HOUR, 300 * HOUR).until_browser_closes();
    let saved = subject.saved(&id, lifetime(longer)).await;
    assert_about("what is left", saved.remaining, 30 * HOUR);
    let record = subject.live(&id).await;
    assert_eq!((record.idle, record.persistent), (30 * HOUR, false));
    assert_about("what is left", record.remaining, 30 * HOUR);
    assert_eq!(plain(&record.data), json!({"a": 1}));
    subject.elapse(20 * HOUR).await;
    subject.touch(&id).await;
    assert_about("what is left", subject.live(&id).await.remaining, 30 * HOUR);
}

pub async fn the_new_deadline_counts_from_the_beginning_of_the_session<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let id = subject.begin(session(json!({}))).await;
    subject.elapse(8 * HOUR).await;
    let saved = subject.saved(&id, lifetime(Lifetime::new(30 * HOUR, 20 * HOUR))).await;
    assert_about("what is left", saved.remaining, 12 * HOUR);
    assert_about("what is left", subject.live(&id).await.remaining, 12 * HOUR);
}

pub async fn a_shorter_lifetime_does_shorten<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    let saved = subject.saved(&id, lifetime(Lifetime::new(HOUR, 50 * HOUR))).await;
    assert_about("what is left", saved.remaining, HOUR);
    subject.elapse(2 * HOUR).await;
    subject.assert_absent(&id).await;
}

pub async fn a_lifetime_without_a_deadline_takes_the_old_one_away<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    let endless = Lifetime { idle: 200 * HOUR, absolute: None, persistent: true };
    let saved = subject.saved(&id, lifetime(endless)).await;
    assert_about("what is left", saved.remaining, 200 * HOUR);
    let record = subject.live(&id).await;
    assert_eq!(record.deadline, None);
    assert_about("what is left", record.remaining, 200 * HOUR);
}

pub async fn a_lifetime_that_is_over_already_ends_the_session<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({}))).await;
    subject.elapse(5 * HOUR).await;
    subject.update(&id, lifetime(Lifetime::new(10 * HOUR, 2 * HOUR))).await;
    subject.assert_absent(&id).await;
    subject.assert_every_write_finds_it_gone(&id).await;
}
