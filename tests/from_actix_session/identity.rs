//! actix-identity on top: who is signed in, and where.

use std::time::Duration;

use actix_identity::IdentityMiddleware;
use actix_identity::config::LogoutBehavior;

use crate::places::{Place, everywhere};
use crate::site::{COOKIE, site, visitor};

everywhere! {
    a_sign_in_keeps_the_values_under_another_key
    a_sign_in_as_somebody_else_replaces_who_was_signed_in
    a_sign_out_on_one_device_leaves_the_other_signed_in
    a_sign_out_that_keeps_the_session_keeps_its_values_under_another_key
    a_deadline_that_has_passed_signs_out
    a_deadline_that_has_not_does_not
    a_stranger_is_nobody
}

async fn a_sign_in_keeps_the_values_under_another_key(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set cart 1").await;
    let (before, thief) = (ann.cookie().expect("a cookie"), ann.another());
    thief.browser.set_cookie(COOKIE, &before);
    ann.does("login ann").await;
    assert_ne!(ann.cookie().expect("a cookie"), before);
    assert_eq!(ann.does("me; get cart").await, "ann\n1");
    assert_eq!(thief.does("me; get cart").await, "-\n-");
    assert_eq!(place.sessions().await, 1);
}

async fn a_sign_in_as_somebody_else_replaces_who_was_signed_in(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("login ann").await;
    ann.does("login bob").await;
    assert_eq!(ann.does("me").await, "bob");
    assert_eq!(place.sessions().await, 1);
}

async fn a_sign_out_on_one_device_leaves_the_other_signed_in(place: impl Place) {
    let desk = visitor(&place).await;
    let phone = desk.another();
    desk.does("login ann").await;
    phone.does("login ann").await;
    let before = desk.cookie().expect("a cookie");
    desk.does("logout").await;
    assert_eq!(desk.cookie(), None);
    desk.browser.set_cookie(COOKIE, &before);
    assert_eq!(desk.does("me").await, "-");
    assert_eq!(phone.does("me").await, "ann");
    assert_eq!(place.sessions().await, 1);
}

async fn a_sign_out_that_keeps_the_session_keeps_its_values_under_another_key(place: impl Place) {
    let identity = IdentityMiddleware::builder().logout_behavior(LogoutBehavior::DeleteIdentityKeys);
    let ann = site(place.store(), |sessions| sessions, identity.build()).await;
    ann.does("login ann; set cart 1").await;
    let (before, thief) = (ann.cookie().expect("a cookie"), ann.another());
    thief.browser.set_cookie(COOKIE, &before);
    ann.does("logout").await;
    assert_eq!(ann.does("me; get cart").await, "-\n1");
    assert_eq!(thief.does("me; get cart").await, "-\n-");
    assert_eq!(place.sessions().await, 1);
}

async fn a_deadline_that_has_passed_signs_out(place: impl Place) {
    // actix-identity counts from the second in which the sign-in was.
    for identity in [
        IdentityMiddleware::builder().login_deadline(Some(Duration::ZERO)),
        IdentityMiddleware::builder().visit_deadline(Some(Duration::ZERO)),
    ] {
        let ann = site(place.store(), |sessions| sessions, identity.build()).await;
        ann.does("login ann").await;
        assert_eq!(ann.does("me").await, "-");
        assert_eq!(ann.cookie(), None);
        assert_eq!(place.sessions().await, 0);
    }
}

async fn a_deadline_that_has_not_does_not(place: impl Place) {
    let hour = Some(Duration::from_secs(60 * 60));
    let identity = IdentityMiddleware::builder().login_deadline(hour).visit_deadline(hour);
    let ann = site(place.store(), |sessions| sessions, identity.build()).await;
    ann.does("login ann").await;
    for _ in 0..3 {
        assert_eq!(ann.does("me").await, "ann");
    }
}

async fn a_stranger_is_nobody(place: impl Place) {
    let ann = visitor(&place).await;
    assert_eq!(ann.does("me; set cart 1").await, "-");
    assert_eq!(ann.does("me; get cart").await, "-\n1");
}
