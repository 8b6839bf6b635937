//! Late requests: sent with a cookie that its own browser has just left behind. They must neither
//! act as the session nor take the browser's new cookie away.

use std::time::Duration;

use crate::support::http::CookieMove;
use crate::support::{count, elapse};
use crate::{go_on, in_flight, sessions, visited, visited_site};

const WITHIN_GRACE: Duration = Duration::from_secs(9);
const AFTER_GRACE: Duration = Duration::from_secs(11);

#[tokio::test]
async fn a_late_request_after_a_new_id_stores_nothing_and_leaves_the_new_cookie_alone() {
    for change in ["renew", "login=alice", "regenerate", "logout"] {
        let (_site, mut browser, pool) = visited_site().await;
        let mut late = browser.clone();
        browser.get(&format!("/?{change}")).await;
        elapse(&pool, WITHIN_GRACE).await;
        let rows = sessions(&pool).await;
        for request in ["/", "/?set=b:2", "/?incr=n", "/?touch", "/?renew", "/?set=b:2&save&set=c:3"] {
            late.get(request).await.leaves_the_cookie_alone();
            assert_eq!(sessions(&pool).await, rows, "after {change} and then {request}");
        }
        assert_eq!(late.get("/?get=a&owner").await.body, "nothing\nnobody", "after {change}");
    }
}

#[tokio::test]
async fn a_request_that_began_late_and_ends_after_the_grace_still_leaves_the_new_cookie_alone() {
    let (site, mut browser, pool) = visited_site().await;
    let late = browser.clone();
    browser.get("/?login=alice").await.new_cookie();
    let late = in_flight(&site, &late, "/?wait&set=b:2").await;
    elapse(&pool, AFTER_GRACE).await;
    go_on(&site, late).await.leaves_the_cookie_alone();
    assert_eq!(sessions(&pool).await, 1);
}

#[tokio::test]
async fn after_the_grace_an_old_cookie_is_one_that_names_nothing() {
    for change in ["renew", "login=alice", "logout"] {
        let (_site, mut browser, pool) = visited_site().await;
        let mut old = browser.clone();
        browser.get(&format!("/?{change}")).await;
        let rows = sessions(&pool).await;
        elapse(&pool, AFTER_GRACE).await;
        old.get("/?get=a").await.leaves_the_cookie_alone();
        assert_eq!(sessions(&pool).await, rows);
        let reply = old.get("/?get=a&set=b:2").await;
        assert_eq!(reply.body, "nothing", "after {change}");
        assert_ne!(reply.new_cookie(), browser.cookie().unwrap_or_default());
        assert_eq!(sessions(&pool).await, rows + 1);
    }
}

#[tokio::test]
async fn an_explicit_sign_in_on_a_late_request_gets_a_session() {
    for change in ["renew", "login=bob", "logout"] {
        let (_site, mut browser, _) = visited_site().await;
        let mut late = browser.clone();
        browser.get(&format!("/?{change}")).await;
        late.get("/?login=alice").await.new_cookie();
        assert_eq!(late.get("/?owner&get=a").await.body, "alice\nnothing", "after {change}");
    }
}

#[tokio::test]
async fn a_visitor_who_signed_out_and_has_no_cookie_any_more_is_nobodys_late_request() {
    let (_site, mut browser, _) = visited_site().await;
    browser.get("/?logout").await;
    assert_eq!(browser.cookie(), None);
    browser.get("/?set=b:2").await.new_cookie();
}

#[tokio::test]
async fn beside_a_newer_cookie_an_old_one_does_no_harm() {
    let (_site, mut browser, _) = visited_site().await;
    let old = browser.cookie().expect("a cookie").to_owned();
    browser.get("/?renew").await.new_cookie();
    let new = browser.cookie().expect("a cookie").to_owned();
    for both in [format!("{old}; __Host-sid={new}"), format!("{new}; __Host-sid={old}")] {
        assert_eq!(browser.with_cookie(both).get("/?get=a").await.body, "\"1\"");
    }
}

#[tokio::test]
async fn without_a_grace_nothing_is_remembered() {
    let (_site, mut browser, pool) = visited(|plan| plan.sessions(|b| b.late_grace(Duration::ZERO))).await;
    let mut old = browser.clone();
    browser.get("/?logout").await;
    assert_eq!(count(&pool, "select count(*) from sessions_ended").await, 0);
    assert!(matches!(old.get("/?set=b:2").await.cookie, Some(CookieMove::Set(_))));
}

#[tokio::test]
async fn a_sign_out_that_a_sign_in_has_overtaken_leaves_the_new_cookie_alone() {
    let (site, mut browser, _) = visited(|plan| plan).await;
    let slow = in_flight(&site, &browser, "/?wait&logout").await;
    browser.get("/?login=alice").await.new_cookie();
    go_on(&site, slow).await.leaves_the_cookie_alone();
    assert!(browser.get("/?owner").await.body.contains("alice"), "the sign-in stands");
}
