//! Requests that come after their own browser has signed out, or signed in.

use actix_identity::IdentityMiddleware;
use actix_session::config::{PersistentSession, TtlExtensionPolicy};

use crate::places::{Place, everywhere};
use crate::site::{COOKIE, site, visitor};

everywhere! {
    a_save_that_comes_after_the_sign_out_brings_nobody_back
    a_renewal_that_comes_after_the_sign_out_brings_nobody_back
    a_sign_out_that_comes_twice_is_one
    a_save_that_comes_after_the_sign_in_leaves_the_new_cookie_alone
    an_extension_that_comes_after_the_sign_in_leaves_the_new_cookie_alone
    of_two_sign_ins_at_once_both_succeed
}

async fn a_save_that_comes_after_the_sign_out_brings_nobody_back(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("login ann").await;
    let late = tokio::task::spawn_local(ann.asks("me; set x 1; wait"));
    ann.gate.wait_for(1).await;
    ann.does("logout").await;
    ann.gate.open(1);
    let late = late.await.expect("no panic");
    late.assert_status(500);
    assert_eq!((late.body.as_str(), late.set_cookies().len()), ("", 0));
    assert_eq!(ann.cookie(), None);
    assert_eq!(ann.does("me; get x").await, "-\n-");
    assert_eq!(place.sessions().await, 0);
}

async fn a_renewal_that_comes_after_the_sign_out_brings_nobody_back(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("login ann").await;
    let before = ann.cookie().expect("a cookie");
    let late = tokio::task::spawn_local(ann.asks("me; set x 1; renew; wait"));
    ann.gate.wait_for(1).await;
    ann.does("logout").await;
    ann.gate.open(1);
    late.await.expect("no panic").assert_status(500);
    assert_eq!(ann.cookie(), None);
    ann.browser.set_cookie(COOKIE, &before);
    assert_eq!(ann.does("me; get x").await, "-\n-");
    assert_eq!(place.sessions().await, 0);
}

async fn a_sign_out_that_comes_twice_is_one(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("login ann").await;
    let late = tokio::task::spawn_local(ann.asks("logout; wait"));
    ann.gate.wait_for(1).await;
    ann.does("logout").await;
    ann.gate.open(1);
    late.await.expect("no panic").assert_status(200);
    assert_eq!(ann.does("me").await, "-");
    assert_eq!(place.sessions().await, 0);
}

async fn a_save_that_comes_after_the_sign_in_leaves_the_new_cookie_alone(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set cart 1").await;
    let late = tokio::task::spawn_local(ann.asks("set seen 2; wait"));
    ann.gate.wait_for(1).await;
    ann.does("login ann").await;
    ann.gate.open(1);
    let late = late.await.expect("no panic");
    late.assert_status(500);
    assert!(late.set_cookies().is_empty());
    assert_eq!(ann.does("me; get cart; get seen").await, "ann\n1\n-");
    assert_eq!(place.sessions().await, 1);
}

async fn an_extension_that_comes_after_the_sign_in_leaves_the_new_cookie_alone(place: impl Place) {
    let lifecycle =
        PersistentSession::default().session_ttl_extension_policy(TtlExtensionPolicy::OnEveryRequest);
    let ann = site(place.store(), |s| s.session_lifecycle(lifecycle), IdentityMiddleware::default()).await;
    ann.does("set cart 1").await;
    let late = tokio::task::spawn_local(ann.asks("get cart; wait"));
    ann.gate.wait_for(1).await;
    ann.does("login ann").await;
    ann.gate.open(1);
    let late = late.await.expect("no panic");
    assert!(late.set_cookies().is_empty(), "{late}");
    assert_eq!(ann.does("me").await, "ann");
}

async fn of_two_sign_ins_at_once_both_succeed(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set cart 1").await;
    let clicks = ["login ann; set first 1; wait", "login ann; set second 1; wait"]
        .map(|click| tokio::task::spawn_local(ann.asks(click)));
    ann.gate.wait_for(2).await;
    ann.gate.open(2);
    for click in clicks {
        click.await.expect("no panic").assert_status(200);
    }
    // The one whose cookie came last is the browser's. Only one of them had a session to renew; the other
    // began with what it had set itself.
    let names = ann.does("me; names").await;
    assert!(names.starts_with("ann\nactix_identity.user_id actix_pg_session "), "{names}");
    assert_eq!(place.sessions().await, 2);
}
