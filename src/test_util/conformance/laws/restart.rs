//! A renewal that begins a new session in the place of the old: a sign-in, a `regenerate`.

use super::prelude::*;

fn restarted(owner: Option<&str>, change: Change) -> Renewal {
    Renewal { restart: Some(restart(owner)), ..renewal(change) }
}

pub async fn a_restart_is_a_new_session_with_the_old_values<U: StoreUnderTest>(subject: Subject<U>) {
    let lifetime = Lifetime::new(10 * HOUR, 40 * HOUR).until_browser_closes();
    let old = subject.begin(NewSession { lifetime, ..session(json!({"cart": [1]})) }).await;
    subject.elapse(5 * HOUR).await;
    let before = subject.live(&old).await;
    let (new, saved) = subject.renewed(&old, restarted(None, set(json!({"greeting": "hello"})))).await;
    let after = subject.live(&new).await;
    assert_eq!(plain(&after.data), json!({"cart": [1], "greeting": "hello"}));
    assert_ne!(after.handle, before.handle);
    assert_eq!((after.handle, after.version), (saved.handle, saved.version));
    let later = (after.created_at - before.created_at).to_std().expect("it began later than the old one");
    assert_about("the time between the beginnings", later, 5 * HOUR);
    subject.assert_ended(&old).await;
}

pub async fn a_restart_has_a_lifetime_of_its_own_from_now_on<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(session(json!({}))).await;
    subject.elapse(5 * HOUR).await;
    let (new, saved) = subject.renewed(&old, restarted(None, Change::default())).await;
    assert_about("what is left", saved.remaining, 2 * HOUR);
    let record = subject.live(&new).await;
    assert_eq!((record.idle, record.persistent), (2 * HOUR, true));
    let deadline = record.deadline.expect("the restart has a deadline");
    let life = (deadline - record.created_at).to_std().expect("the deadline is after the beginning");
    assert_about("the longest life", life, 20 * HOUR);
}

pub async fn a_restart_with_an_owner_is_a_sign_in<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(session(json!({}))).await;
    subject.elapse(5 * HOUR).await;
    let (new, _) = subject.renewed(&old, restarted(Some("ann"), Change::default())).await;
    let first = subject.live(&new).await;
    assert_eq!(first.owner.as_deref(), Some("ann"));
    let at = first.authenticated_at.expect("somebody signed in");
    assert_about("the sign-in", (at - first.created_at).abs().to_std().unwrap_or_default(), Duration::ZERO);

    // Signing in again proves it again.
    subject.elapse(HOUR).await;
    let (new, _) = subject.renewed(&new, restarted(Some("ann"), Change::default())).await;
    let second = subject.live(&new).await;
    let at = second.authenticated_at.expect("somebody signed in");
    assert_about("the sign-in", (at - second.created_at).abs().to_std().unwrap_or_default(), Duration::ZERO);
}

pub async fn a_restart_without_an_owner_signs_out<U: StoreUnderTest>(subject: Subject<U>) {
    let owner = Some("ann".to_owned());
    let old = subject.begin(NewSession { owner, ..session(json!({})) }).await;
    let (new, _) = subject.renewed(&old, restarted(None, Change::default())).await;
    let record = subject.live(&new).await;
    assert_eq!((record.owner, record.authenticated_at), (None, None));
}

pub async fn a_clearing_restart_keeps_no_value<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(session(json!({"whose": "ann's"}))).await;
    let change = Change { cleared: true, ..set(json!({"new": 1})) };
    let (new, _) = subject.renewed(&old, restarted(Some("bob"), change)).await;
    assert_eq!(subject.values(&new).await, json!({"new": 1}));
}

pub async fn a_restart_without_a_grace_forgets_the_old_id_at_once<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(session(json!({}))).await;
    let forgetful = Renewal { late_grace: Duration::ZERO, ..restarted(Some("ann"), Change::default()) };
    subject.renewed(&old, forgetful).await;
    subject.assert_absent(&old).await;
}
