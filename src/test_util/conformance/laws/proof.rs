//! What is kept of an owner's having proved who they are, and with what.

use super::prelude::*;
use crate::record::{Proof, Restart};

fn signed_in(credential: Option<&str>) -> NewSession {
    let credential = credential.map(str::to_owned);
    NewSession { owner: Some("ann".into()), credential, ..session(json!({"a": 1})) }
}

fn proved(credential: Option<&str>) -> Renewal {
    let proof = Proof { credential: credential.map(str::to_owned) };
    Renewal { proof: Some(proof), ..renewal(Change::default()) }
}

pub async fn a_credential_is_kept_with_a_new_session<U: StoreUnderTest>(subject: Subject<U>) {
    for credential in [None, Some("7"), Some("")] {
        let id = subject.begin(signed_in(credential)).await;
        assert_eq!(subject.live(&id).await.credential.as_deref(), credential);
        subject.saved(&id, set(json!({"b": 2}))).await;
        assert_eq!(subject.live(&id).await.credential.as_deref(), credential, "a save leaves it alone");
    }
}

pub async fn a_renewal_with_a_proof_is_an_authentication_of_the_same_session<U: StoreUnderTest>(
    subject: Subject<U>,
) {
    let old = subject.begin(signed_in(Some("7"))).await;
    let before = subject.live(&old).await;
    subject.elapse(HOUR).await;
    let (id, _) = subject.renewed(&old, proved(None)).await;
    let record = subject.live(&id).await;
    assert_eq!((record.handle, record.owner), (before.handle, before.owner));
    assert_eq!(record.credential.as_deref(), Some("7"));
    assert_eq!(plain(&record.data), json!({"a": 1}));
    let since_begin = (record.authenticated_at.expect("a proof") - record.created_at).to_std();
    assert_about("the authentication after the beginning", since_begin.expect("it is later"), HOUR);
}

pub async fn a_renewal_without_a_proof_is_none<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(signed_in(Some("7"))).await;
    subject.elapse(HOUR).await;
    let before = subject.live(&old).await;
    let (id, _) = subject.renewed(&old, renewal(Change::default())).await;
    let record = subject.live(&id).await;
    assert_eq!(record.authenticated_at, before.authenticated_at);
    assert_eq!(record.credential, before.credential);
}

pub async fn a_proof_may_bring_another_credential<U: StoreUnderTest>(subject: Subject<U>) {
    let old = subject.begin(signed_in(None)).await;
    let (second, _) = subject.renewed(&old, proved(Some("7"))).await;
    assert_eq!(subject.live(&second).await.credential.as_deref(), Some("7"));
    let (third, _) = subject.renewed(&second, proved(Some("8"))).await;
    assert_eq!(subject.live(&third).await.credential.as_deref(), Some("8"));
}

pub async fn a_restart_has_the_credential_that_it_brings<U: StoreUnderTest>(subject: Subject<U>) {
    let first = subject.begin(signed_in(Some("7"))).await;
    let begun = |credential: Option<&str>| {
        let credential = credential.map(str::to_owned);
        let restart = Restart { credential, ..restart(Some("ann")) };
        Renewal { restart: Some(restart), ..renewal(Change::default()) }
    };
    let (second, _) = subject.renewed(&first, begun(Some("8"))).await;
    assert_eq!(subject.live(&second).await.credential.as_deref(), Some("8"));
    let (third, _) = subject.renewed(&second, begun(None)).await;
    assert_eq!(subject.live(&third).await.credential, None);
}
