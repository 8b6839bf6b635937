//! "Where am I signed in": the list, and ending what is on it.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{Caching, MemoryStore, PostgresStore, SessionStore};
use uuid::Uuid;

use crate::site::{cookie_of, listed, read, visit};
use crate::support;

/// So many browsers of one owner, the first signed in first.
async fn signed_in(browser: &Browser, owner: &str, browsers: usize) -> Vec<Browser> {
    let browsers: Vec<_> = (0..browsers).map(|_| browser.another()).collect();
    for browser in &browsers {
        read(browser, &format!("/login/{owner}")).await;
    }
    browsers
}

async fn is_signed_in(browser: &Browser) -> bool {
    browser.get("/account").await.status.is_success()
}

async fn an_owner_looks_around_and_ends_one_the_others_and_all(store: impl SessionStore) {
    let visitor = visit(store).await;
    let anns = signed_in(&visitor, "ann", 3).await;
    let bobs = signed_in(&visitor, "bob", 1).await;
    let (bobs_handle, _) = listed(&bobs[0]).await;

    let (handles, current) = listed(&anns[0]).await;
    assert_eq!((handles.len(), current), (3, Some(handles[2])), "the last begun comes first");
    assert_eq!(listed(&anns[2]).await, (handles.clone(), Some(handles[0])));

    // Somebody else's, or nobody's, is none.
    for handle in [bobs_handle[0], Uuid::nil()] {
        assert_eq!(read(&anns[0], &format!("/end/{handle}")).await, "false");
    }
    assert!(is_signed_in(&bobs[0]).await);

    assert!(is_signed_in(&anns[1]).await);
    assert_eq!(read(&anns[0], &format!("/end/{}", handles[1])).await, "true");
    assert!(!is_signed_in(&anns[1]).await);
    assert!(is_signed_in(&anns[2]).await);

    let reply = anns[0].get("/end-others").await;
    assert_eq!((&*reply.body, cookie_of(&reply)), ("1", Some("set")), "this one is renewed");
    assert!(!is_signed_in(&anns[2]).await);
    assert_eq!(listed(&anns[0]).await, (vec![handles[2]], Some(handles[2])));

    signed_in(&visitor, "ann", 2).await;
    let reply = anns[0].get("/end-all").await;
    assert_eq!((&*reply.body, cookie_of(&reply)), ("2", Some("removed")));
    assert!(!is_signed_in(&anns[0]).await);
    assert!(is_signed_in(&bobs[0]).await);
}

#[actix_web::test]
async fn in_postgresql_an_owner_looks_around_and_ends_one_the_others_and_all() {
    an_owner_looks_around_and_ends_one_the_others_and_all(support::store().await).await;
}

#[actix_web::test]
async fn in_memory_they_do_too() {
    an_owner_looks_around_and_ends_one_the_others_and_all(MemoryStore::new()).await;
}

#[actix_web::test]
async fn behind_a_cache_they_do_too_and_what_is_ended_answers_nobody_any_more() {
    let caching = Caching::new(100).max_silence(support::gate::PATIENCE);
    let store = PostgresStore::new(support::pool().await).cached(caching);
    store.migrate().await.expect("the migrations apply");
    store.caught_up().await;
    an_owner_looks_around_and_ends_one_the_others_and_all(store.clone()).await;
    assert!(store.stats().hits > 0, "some of it was answered by the cache");
}

#[actix_web::test]
async fn to_end_this_very_session_is_to_sign_out() {
    let browser = visit(support::store().await).await;
    read(&browser, "/login/ann").await;
    let (handles, _) = listed(&browser).await;
    let reply = browser.get(&format!("/end/{}", handles[0])).await;
    assert_eq!((&*reply.body, cookie_of(&reply)), ("true", Some("removed")));
    assert!(!is_signed_in(&browser).await);
}

#[actix_web::test]
async fn a_copy_of_the_cookie_is_worth_nothing_after_the_others_were_ended() {
    let browser = visit(support::store().await).await;
    read(&browser, "/login/ann").await;
    let cookies = browser.cookies();
    let thief = browser.another();
    for cookie in &cookies {
        thief.set_cookie(&cookie.name, &cookie.value);
    }
    assert!(is_signed_in(&thief).await);
    read(&browser, "/end-others").await;
    assert!(!is_signed_in(&thief).await);
    assert!(is_signed_in(&browser).await);
}

#[actix_web::test]
async fn a_sign_in_may_end_all_other_sessions_and_keeps_its_values() {
    let visitor = visit(support::store().await).await;
    let others = signed_in(&visitor, "ann", 2).await;
    read(&visitor, "/set/cart").await;
    assert_eq!(read(&visitor, "/login-and-end-others/ann").await, "2");
    assert_eq!(read(&visitor, "/values").await, "cart");
    assert!(!is_signed_in(&others[0]).await && !is_signed_in(&others[1]).await);
    // Again, over the session that is there.
    assert_eq!(read(&visitor, "/login-and-end-others/ann").await, "0");
    assert_eq!(read(&visitor, "/values").await, "cart");
}

#[actix_web::test]
async fn somebody_who_is_about_to_sign_in_has_no_power_over_the_session_that_they_leave() {
    let store = support::store().await;
    let browser = visit(store.clone()).await;
    read(&browser, "/login/bob").await;
    let (handles, _) = listed(&browser).await;
    assert_eq!(read(&browser, &format!("/login-and-end/ann/{}", handles[0])).await, "false");
    assert_eq!(read(&browser, "/account").await, "ann", "the sign-in was not taken back");
}

#[actix_web::test]
async fn who_is_not_signed_in_has_no_devices_and_ends_nothing() {
    let visitor = visit(support::store().await).await;
    let ann = signed_in(&visitor, "ann", 1).await;
    let (handles, _) = listed(&ann[0]).await;
    for page in ["/devices".into(), format!("/end/{}", handles[0]), "/end-others".into(), "/end-all".into()] {
        visitor.get(&page).await.assert_status(401);
    }
    assert!(is_signed_in(&ann[0]).await);
}
