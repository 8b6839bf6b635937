//! A request that read the session before it was signed out, and writes afterwards.

use crate::support::http::CookieMove;
use crate::support::{self, blocked};
use crate::{go_on, in_flight, lock, sessions, visited_site};

/// What a slow request may want of a session that is over by then.
const WRITES: [&str; 8] =
    ["set=a:2", "remove=a", "clear", "incr=n", "typed", "touch", "renew", "set=a:2&renew&incr=n"];

#[tokio::test]
async fn nothing_that_began_before_a_logout_brings_the_session_back() {
    for write in WRITES {
        let (site, mut browser, pool) = visited_site().await;
        let old = browser.clone();
        let slow = in_flight(&site, &browser, &format!("/?wait&{write}")).await;
        assert_eq!(browser.get("/?logout").await.cookie, Some(CookieMove::Remove));
        go_on(&site, slow).await.leaves_the_cookie_alone();
        assert_eq!(sessions(&pool).await, 0, "after {write}");
        assert_eq!(old.clone().get("/?get=a").await.body, "nothing", "after {write}");
    }
}

#[tokio::test]
async fn nothing_that_waits_for_a_logout_to_commit_brings_the_session_back() {
    for write in WRITES {
        let (_site, browser, pool) = visited_site().await;
        let row = lock(&pool).await;
        let logout = browser.send("/?logout");
        blocked(&pool, 1).await;
        let write = browser.send(&format!("/?{write}"));
        blocked(&pool, 2).await;
        row.commit().await.expect("the lock is released");
        assert_eq!(logout.await.expect("a reply").cookie, Some(CookieMove::Remove));
        write.await.expect("a reply").leaves_the_cookie_alone();
        assert_eq!(sessions(&pool).await, 0);
    }
}

#[tokio::test]
async fn a_logout_that_waits_for_a_save_to_commit_ends_the_session() {
    for write in ["set=a:2", "incr=n", "touch"] {
        let (_site, browser, pool) = visited_site().await;
        let row = lock(&pool).await;
        let write = browser.send(&format!("/?{write}"));
        blocked(&pool, 1).await;
        let logout = browser.send("/?logout");
        blocked(&pool, 2).await;
        row.commit().await.expect("the lock is released");
        assert_eq!(write.await.expect("a reply").status, 200);
        assert_eq!(logout.await.expect("a reply").cookie, Some(CookieMove::Remove));
        assert_eq!(sessions(&pool).await, 0);
    }
}

#[tokio::test]
async fn a_logout_that_began_before_a_renewal_ends_the_renewed_session() {
    let (site, mut browser, pool) = visited_site().await;
    let logout = in_flight(&site, &browser, "/?wait&logout").await;
    browser.get("/?renew").await.new_cookie();
    assert_eq!(go_on(&site, logout).await.cookie, Some(CookieMove::Remove));
    assert_eq!(sessions(&pool).await, 0);
}

#[tokio::test]
async fn a_logout_that_waits_for_a_renewal_to_commit_ends_the_renewed_session() {
    let (_site, browser, pool) = visited_site().await;
    let row = lock(&pool).await;
    let renewal = browser.send("/?renew");
    blocked(&pool, 1).await;
    let logout = browser.send("/?logout");
    blocked(&pool, 2).await;
    row.commit().await.expect("the lock is released");
    renewal.await.expect("a reply").new_cookie();
    logout.await.expect("a reply");
    assert_eq!(sessions(&pool).await, 0);
}

#[tokio::test]
async fn a_logout_with_a_cookie_that_was_renewed_a_moment_ago_ends_the_session() {
    let (_site, mut browser, pool) = visited_site().await;
    let mut late = browser.clone();
    for _ in 0..3 {
        browser.get("/?renew").await.new_cookie();
    }
    assert_eq!(late.get("/?logout").await.status, 200);
    assert_eq!(sessions(&pool).await, 0);
}

#[tokio::test]
async fn a_logout_with_a_cookie_from_before_a_sign_in_ends_nothing() {
    let (_site, mut browser, _) = visited_site().await;
    let mut planted = browser.clone();
    browser.get("/?login=alice").await.new_cookie();
    planted.get("/?logout").await.leaves_the_cookie_alone();
    assert_eq!(browser.get("/?owner").await.body, "alice");
}

#[tokio::test]
async fn a_double_click_on_logout_is_one_logout() {
    let (site, mut browser, pool) = visited_site().await;
    let second = in_flight(&site, &browser, "/?wait&logout").await;
    assert_eq!(browser.get("/?logout").await.cookie, Some(CookieMove::Remove));
    // It found nothing left to end, so it cannot know whose cookie the browser has by now.
    go_on(&site, second).await.leaves_the_cookie_alone();
    assert_eq!(support::count(&pool, "select count(*) from sessions").await, 0);
}
