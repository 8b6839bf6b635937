//! Who is signed in, as the rows say it.

use actix_identity::IdentityMiddleware;
use actix_identity::config::LogoutBehavior;

use crate::places::{InPostgres, Kept, Place as _, in_postgres};
use crate::site::{COOKIE, site, visitor};

in_postgres! {
    the_owner_is_in_the_row_and_ending_the_rows_signs_out_on_every_device
    the_owner_goes_with_a_sign_out_that_keeps_the_session
    the_owner_goes_with_a_sign_out_that_clears_the_session
    an_owner_that_is_stored_without_renew_gets_another_key_all_the_same
    the_owner_may_stand_under_another_name_and_be_a_number
}

async fn the_owner_is_in_the_row_and_ending_the_rows_signs_out_on_every_device(place: InPostgres<impl Kept>) {
    let desk = visitor(&place).await;
    let (phone, bob) = (desk.another(), desk.another());
    desk.does("login ann").await;
    phone.does("set cart 1").await;
    phone.does("login ann").await;
    bob.does("login bob").await;
    assert_eq!(owners(&place).await, [Some("ann".into()), Some("ann".into()), Some("bob".into())]);
    place.in_psql("delete from sessions where owner = 'ann'").await;
    assert_eq!(desk.does("me").await, "-");
    assert_eq!(phone.does("me; get cart").await, "-\n-");
    assert_eq!(bob.does("me").await, "bob");
}

async fn the_owner_goes_with_a_sign_out_that_keeps_the_session(place: InPostgres<impl Kept>) {
    let identity = IdentityMiddleware::builder().logout_behavior(LogoutBehavior::DeleteIdentityKeys);
    let ann = site(place.store(), |sessions| sessions, identity.build()).await;
    ann.does("login ann").await;
    ann.does("logout").await;
    assert_eq!(owners(&place).await, [None]);
    ann.does("login ann").await;
    assert_eq!(owners(&place).await, [Some("ann".into())]);
}

async fn the_owner_goes_with_a_sign_out_that_clears_the_session(place: InPostgres<impl Kept>) {
    let ann = visitor(&place).await;
    ann.does("login ann; set cart 1").await;
    ann.does("clear; set cart 2").await;
    assert_eq!(owners(&place).await, [None]);
    assert_eq!(ann.does("me; get cart").await, "-\n2");
}

async fn an_owner_that_is_stored_without_renew_gets_another_key_all_the_same(place: InPostgres<impl Kept>) {
    let ann = site(place.store().owner_key("user"), |sessions| sessions, IdentityMiddleware::default()).await;
    ann.does("set cart 1").await;
    let (before, thief) = (ann.cookie().expect("a cookie"), ann.another());
    thief.browser.set_cookie(COOKIE, &before);
    ann.does(r#"set user "ann""#).await;
    assert_eq!(owners(&place).await, [Some("ann".into())]);
    assert_eq!(ann.does("get user; get cart").await, "\"ann\"\n1");
    assert_eq!(thief.does("get user; get cart").await, "-\n-");
}

async fn the_owner_may_stand_under_another_name_and_be_a_number(place: InPostgres<impl Kept>) {
    let store = place.store().owner_key("user_id");
    let ann = site(store, |sessions| sessions, IdentityMiddleware::default()).await;
    for (json, owner) in [
        ("17", Some("17")),
        (r#""\u00e9va \"x\"""#, Some("éva \"x\"")),
        ("18446744073709551615", Some("18446744073709551615")),
        ("null", None),
        (r#"{"name": "ann"}"#, None),
    ] {
        ann.does(&format!("set user_id {json}; renew")).await;
        assert_eq!(owners(&place).await, [owner.map(str::to_owned)]);
    }
}

/// Whose sessions there are.
async fn owners(place: &InPostgres<impl Kept>) -> Vec<Option<String>> {
    let sql = "select owner from sessions where expires_at > now() order by owner nulls last";
    sqlx::query_scalar(sql).fetch_all(&place.pool).await.expect(sql)
}
