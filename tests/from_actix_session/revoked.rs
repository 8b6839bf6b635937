//! Requests under way while an administrator ends their session.

use actix_identity::IdentityMiddleware;
use actix_session::config::{PersistentSession, TtlExtensionPolicy};

use crate::places::{InPostgres, Kept, Place as _, in_postgres};
use crate::site::{COOKIE, Visitor, site, visitor};

in_postgres! {
    a_save_is_dropped_and_nobody_is_signed_in_any_more
    a_renewal_is_dropped_and_nobody_is_signed_in_any_more
    an_extension_revives_nothing
    a_sign_in_that_was_under_way_holds_and_brings_along_nothing_old
    a_change_of_owner_without_renew_is_dropped_too_if_it_signs_out
}

const REVOKED: &str = "delete from sessions where owner = 'ann'";

/// Ann's request waits while her session is ended, and is then answered well; she is a stranger afterwards.
async fn comes_to_nothing(place: &InPostgres<impl Kept>, ann: &Visitor, script: &str) {
    ann.does("login ann; set cart 1").await;
    let before = ann.cookie().expect("a cookie");
    let slow = tokio::task::spawn_local(ann.asks(&format!("me; {script}; wait")));
    ann.gate.wait_for(1).await;
    place.in_psql(REVOKED).await;
    ann.gate.open(1);
    slow.await.expect("no panic").assert_status(200);
    assert_eq!(place.sessions().await, 0);
    assert_eq!(ann.does("me; get cart; get x").await, "-\n-\n-");
    ann.browser.set_cookie(COOKIE, &before);
    assert_eq!(ann.does("me; get cart; get x").await, "-\n-\n-");
}

async fn a_save_is_dropped_and_nobody_is_signed_in_any_more(place: InPostgres<impl Kept>) {
    comes_to_nothing(&place, &visitor(&place).await, "set x 1").await;
}

async fn a_renewal_is_dropped_and_nobody_is_signed_in_any_more(place: InPostgres<impl Kept>) {
    comes_to_nothing(&place, &visitor(&place).await, "set x 1; renew").await;
}

async fn an_extension_revives_nothing(place: InPostgres<impl Kept>) {
    let lifecycle =
        PersistentSession::default().session_ttl_extension_policy(TtlExtensionPolicy::OnEveryRequest);
    let ann = site(place.store(), |s| s.session_lifecycle(lifecycle), IdentityMiddleware::default()).await;
    comes_to_nothing(&place, &ann, "get cart").await;
}

async fn a_sign_in_that_was_under_way_holds_and_brings_along_nothing_old(place: InPostgres<impl Kept>) {
    let ann = visitor(&place).await;
    ann.does("login ann; set cart 1").await;
    let slow = tokio::task::spawn_local(ann.asks("login bob; set x 1; wait"));
    ann.gate.wait_for(1).await;
    place.in_psql(REVOKED).await;
    ann.gate.open(1);
    slow.await.expect("no panic").assert_status(200);
    assert_eq!(ann.does("me; get cart; get x").await, "bob\n-\n1");
    assert_eq!(place.sessions().await, 1);
}

async fn a_change_of_owner_without_renew_is_dropped_too_if_it_signs_out(place: InPostgres<impl Kept>) {
    comes_to_nothing(&place, &visitor(&place).await, "remove actix_identity.user_id; set x 1").await;
}
