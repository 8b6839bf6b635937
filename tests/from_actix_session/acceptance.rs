//! What actix-session promises of any store, seen from a browser.

use std::time::Duration;

use actix_identity::IdentityMiddleware;
use actix_pg_session::ActixSessionStore;
use actix_session::config::{CookieContentSecurity, PersistentSession, TtlExtensionPolicy};
use actix_session::storage::{SessionKey, SessionStore as _};
use actix_web::cookie::{SameSite, time};

use crate::places::{Place, everywhere};
use crate::site::{COOKIE, site, visitor};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: time::Duration = time::Duration::DAY;

everywhere! {
    a_visitor_who_stores_nothing_gets_no_cookie_and_no_row
    what_was_stored_is_there_at_the_next_request_under_either_cookie
    a_change_sends_the_cookie_again_and_a_look_does_not
    a_session_ends_a_ttl_after_its_last_change
    a_session_that_is_extended_on_every_request_lives_while_it_is_read
    a_ttl_that_was_changed_is_that_of_the_next_save_or_extension
    a_guard_sees_the_session
    a_renewed_session_has_its_values_under_another_key_and_the_old_key_is_dead
    a_purged_session_is_gone_and_its_cookie_with_all_its_attributes
    a_cleared_session_has_no_value_and_is_still_one
    an_update_under_a_key_that_names_nothing_answers_another_key_and_saves_nothing
    extending_and_deleting_what_is_not_there_are_no_errors
}

async fn a_visitor_who_stores_nothing_gets_no_cookie_and_no_row(place: impl Place) {
    let ann = visitor(&place).await;
    assert_eq!(ann.does("get x; names").await, "-\n");
    assert_eq!(ann.cookie(), None);
    assert_eq!(place.sessions().await, 0);
}

async fn what_was_stored_is_there_at_the_next_request_under_either_cookie(place: impl Place) {
    for security in [CookieContentSecurity::Signed, CookieContentSecurity::Private] {
        let set = |sessions: actix_session::config::SessionMiddlewareBuilder<_>| {
            sessions.cookie_content_security(security)
        };
        let ann = site(place.store(), set, IdentityMiddleware::default()).await;
        assert_eq!(ann.does("count visits").await, "1");
        assert_eq!(ann.does("get visits").await, "1");
        assert_eq!(ann.does("count visits").await, "2");
        assert_eq!(ann.does("get visits; get other").await, "2\n-");
        assert_eq!(ann.another().does("get visits").await, "-");
    }
    assert_eq!(place.sessions().await, 2);
}

async fn a_change_sends_the_cookie_again_and_a_look_does_not(place: impl Place) {
    let lifecycle = PersistentSession::default().session_ttl(DAY);
    let ann = site(place.store(), |s| s.session_lifecycle(lifecycle), IdentityMiddleware::default()).await;
    for _ in 0..2 {
        let reply = ann.asks("count visits").await;
        assert_eq!(reply.set_cookies().len(), 1);
        assert_eq!(ann.browser.cookie(COOKIE).expect("a cookie").max_age, Some(24 * HOUR));
        assert!(ann.asks("get visits").await.set_cookies().is_empty());
    }
}

async fn a_session_ends_a_ttl_after_its_last_change(place: impl Place) {
    let ann = visitor(&place).await; // A day, actix-session says.
    ann.does("set x 1").await;
    place.elapse(16 * HOUR).await;
    assert_eq!(ann.does("get x; set y 2").await, "1");
    place.elapse(16 * HOUR).await;
    assert_eq!(ann.does("get x").await, "1", "the change began the day anew");
    place.elapse(9 * HOUR).await;
    assert_eq!(ann.does("get x").await, "-", "reading did not");
    assert_eq!(place.sessions().await, 0);
}

async fn a_session_that_is_extended_on_every_request_lives_while_it_is_read(place: impl Place) {
    let lifecycle = PersistentSession::default()
        .session_ttl(DAY)
        .session_ttl_extension_policy(TtlExtensionPolicy::OnEveryRequest);
    let ann = site(place.store(), |s| s.session_lifecycle(lifecycle), IdentityMiddleware::default()).await;
    ann.does("set x 1").await;
    for _ in 0..4 {
        place.elapse(16 * HOUR).await;
        let reply = ann.asks("get x").await;
        assert_eq!(reply.body, "1");
        assert_eq!(reply.set_cookies().len(), 1, "the cookie lives as long as the row");
    }
    place.elapse(25 * HOUR).await;
    assert_eq!(ann.does("get x").await, "-");
}

async fn a_ttl_that_was_changed_is_that_of_the_next_save_or_extension(place: impl Place) {
    let store = place.store();
    let values = || [("x".to_owned(), "1".to_owned())].into();
    for ttl in [2 * DAY, DAY / 2] {
        let saved = store.save(values(), &DAY).await.expect("a save");
        let extended = store.save(values(), &DAY).await.expect("a save");
        let loaded = store.load(&saved).await.expect("an answer").expect("a session");
        let saved = store.update(saved, loaded, &ttl).await.expect("an update");
        store.update_ttl(&extended, &ttl).await.expect("an extension");
        let ttl: Duration = ttl.try_into().expect("it is positive");
        place.elapse(ttl - HOUR).await;
        assert!(store.load(&saved).await.expect("an answer").is_some());
        assert!(store.load(&extended).await.expect("an answer").is_some());
        place.elapse(HOUR + Duration::from_secs(60)).await;
        assert!(store.load(&saved).await.expect("an answer").is_none());
        assert!(store.load(&extended).await.expect("an answer").is_none());
    }
}

async fn a_guard_sees_the_session(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set member true").await;
    assert_eq!(ann.browser.get("/members").await.body, "welcome");
    assert_eq!(ann.another().browser.get("/members").await.body, "");
}

async fn a_renewed_session_has_its_values_under_another_key_and_the_old_key_is_dead(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set x 1").await;
    let (before, thief) = (ann.cookie().expect("a cookie"), ann.another());
    thief.browser.set_cookie(COOKIE, &before);
    assert_eq!(thief.does("get x").await, "1");

    ann.does("renew; set y 2").await;
    assert_ne!(ann.cookie().expect("a cookie"), before);
    assert_eq!(ann.does("get x; get y").await, "1\n2");
    assert_eq!(thief.does("get x").await, "-");
    assert_eq!(place.sessions().await, 1);
}

async fn a_purged_session_is_gone_and_its_cookie_with_all_its_attributes(place: impl Place) {
    let ann = site(
        place.store(),
        |sessions| {
            sessions
                .cookie_name("theirs".into())
                .cookie_path("/shop".into())
                .cookie_domain(Some("example.org".into()))
                .cookie_same_site(SameSite::Strict)
        },
        IdentityMiddleware::default(),
    )
    .await;
    let shop = |script: &str| {
        let request = actix_web::test::TestRequest::post().uri("/shop").set_payload(script.to_owned());
        ann.browser.send(request)
    };
    let set = shop("set x 1").await.set_cookies().remove(0);
    let thief = ann.another();
    let stolen = ann.browser.cookie("theirs").expect("a cookie").value;
    thief.browser.set_cookie("theirs", &stolen);
    let removed = shop("purge").await.set_cookies().remove(0);
    for attribute in ["theirs=", "Path=/shop", "Domain=example.org", "SameSite=Strict", "HttpOnly", "Secure"]
    {
        assert!(set.contains(attribute), "no {attribute} in {set}");
        assert!(removed.contains(attribute), "no {attribute} in {removed}");
    }
    assert!(removed.contains("Max-Age=0"), "{removed}");
    assert_eq!(ann.browser.cookies(), []);
    assert_eq!(thief.does("get x").await, "-");
    assert_eq!(place.sessions().await, 0);
}

async fn a_cleared_session_has_no_value_and_is_still_one(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set x 1; set y 2").await;
    let cookie = ann.cookie();
    let thief = ann.another();
    thief.browser.set_cookie(COOKIE, &cookie.expect("a cookie"));
    ann.does("clear; set z 3").await;
    assert_eq!(ann.does("get x; get y; get z").await, "-\n-\n3");
    assert_eq!(thief.does("get z").await, "3", "the key is the same");
    ann.does("clear").await;
    assert_eq!(ann.does("get z").await, "-");
    assert_eq!(place.sessions().await, 1);
}

async fn an_update_under_a_key_that_names_nothing_answers_another_key_and_saves_nothing(place: impl Place) {
    let store = place.store();
    let key = || SessionKey::try_from("no session has this key".to_owned()).expect("it is short");
    let values = [("x".to_owned(), "1".to_owned())].into();
    let other = store.update(key(), values, &DAY).await.expect("no error");
    assert_ne!(other, key());
    assert_eq!(store.load(&other).await.expect("an answer"), None);
    assert_eq!(store.load(&key()).await.expect("an answer"), None);
    assert_eq!(place.sessions().await, 0);
}

async fn extending_and_deleting_what_is_not_there_are_no_errors(place: impl Place) {
    let store = place.store();
    let key = SessionKey::try_from("no session has this key".to_owned()).expect("it is short");
    store.update_ttl(&key, &DAY).await.expect("no error");
    store.delete(&key).await.expect("no error");
    assert_eq!(place.sessions().await, 0);
}

#[actix_web::test]
async fn a_broken_database_is_a_500_that_tells_the_visitor_nothing() {
    let place = crate::places::in_batches().await;
    let ann = visitor(&place).await;
    ann.does("set x 1").await;
    place.pool.close().await;
    let reply = ann.asks("get x").await;
    reply.assert_status(500);
    assert_eq!(reply.body, "");
    assert_eq!(ann.another().asks("set x 1").await.status, 500);
    assert_eq!(ann.another().asks("get x").await.status, 200, "nobody asked the database");
}

#[actix_web::test]
async fn a_database_that_does_not_answer_is_a_500_within_the_timeout() {
    let place = crate::places::in_batches().await;
    let ann = visitor(&place).await;
    ann.does("set x 1").await;
    let mut lock = place.pool.begin().await.expect("a transaction");
    sqlx::query("lock table sessions").execute(&mut *lock).await.expect("a lock");
    let impatient = ActixSessionStore::clone(&place.store()).store_timeout(Duration::from_millis(50));
    let bob = site(impatient, |sessions| sessions, IdentityMiddleware::default()).await;
    bob.browser.set_cookie(COOKIE, &ann.cookie().expect("a cookie"));
    assert_eq!(bob.asks("get x").await.status, 500);
    lock.rollback().await.expect("the lock is given up");
    assert_eq!(ann.does("get x").await, "1");
}
