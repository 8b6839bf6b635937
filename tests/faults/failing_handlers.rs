//! Handlers that fail after they have done something to the session.

use actix_pg_session::OnError;

use crate::support::http::CookieMove;
use crate::support::story::{sessions, visited, visited_site};

/// How a request can fail with a response, and that response's status.
const FAILURES: [(&str, u16); 3] = [("500", 500), ("error", 500), ("middleware", 418)];

#[tokio::test]
async fn values_are_dropped() {
    for (failure, status) in FAILURES {
        let (_site, mut browser, _) = visited_site().await;
        let reply = browser.get(&format!("/?set=a:2&set=b:2&incr=n&fail={failure}")).await;
        assert_eq!((reply.status, &reply.cookie), (status, &None), "{reply:?}");
        assert_eq!(browser.get("/?get=a&get=b&get=n").await.body, "\"1\"\nnothing\nnothing", "{failure}");
    }
}

#[tokio::test]
async fn a_visitor_for_whom_nothing_but_a_failure_happened_has_no_session() {
    for (failure, status) in FAILURES {
        let (site, _, pool) = visited_site().await;
        let mut stranger = crate::support::http::Browser::new(&site);
        let reply = stranger.get(&format!("/?set=a:2&fail={failure}")).await;
        assert_eq!((reply.status, &reply.cookie), (status, &None), "{reply:?}");
        assert_eq!(sessions(&pool).await, 1);
    }
}

#[tokio::test]
async fn a_new_id_is_given_all_the_same_and_its_cookie_goes_out() {
    for (failure, status) in FAILURES {
        let (_site, mut browser, pool) = visited_site().await;
        let mut old = browser.clone();
        let reply = browser.get(&format!("/?set=b:2&renew&fail={failure}")).await;
        assert_eq!((reply.status, reply.header("cache-control")), (status, Some("no-store")), "{reply:?}");
        reply.new_cookie();
        assert_eq!(browser.get("/?get=a&get=b").await.body, "\"1\"\nnothing", "{failure}");
        assert_eq!(old.get("/?get=a").await.body, "nothing", "{failure}");
        assert_eq!(sessions(&pool).await, 1);
    }
}

#[tokio::test]
async fn a_sign_out_takes_place_all_the_same() {
    for (failure, status) in FAILURES {
        let (_site, mut browser, pool) = visited_site().await;
        let reply = browser.get(&format!("/?set=b:2&logout&fail={failure}")).await;
        assert_eq!((reply.status, reply.cookie), (status, Some(CookieMove::Remove)), "{failure}");
        assert_eq!(sessions(&pool).await, 0, "{failure}");
    }
}

#[tokio::test]
async fn nobody_is_signed_in_but_the_id_that_was_to_be_left_is_left() {
    for (failure, _) in FAILURES {
        let (_site, mut browser, _) = visited_site().await;
        let mut old = browser.clone();
        browser.get(&format!("/?set=b:2&login=alice&fail={failure}")).await.new_cookie();
        assert_eq!(browser.get("/?owner&get=a&get=b").await.body, "nobody\n\"1\"\nnothing", "{failure}");
        assert_eq!(old.get("/?get=a").await.body, "nothing", "{failure}");
    }
}

#[tokio::test]
async fn who_signed_out_to_sign_in_as_somebody_else_is_signed_out() {
    for (failure, _) in FAILURES {
        let (_site, mut browser, pool) = visited_site().await;
        browser.get("/?login=alice").await.new_cookie();
        let reply = browser.get(&format!("/?logout&login=bob&fail={failure}")).await;
        assert_eq!(reply.cookie, Some(CookieMove::Remove), "{failure}");
        assert_eq!(sessions(&pool).await, 0, "{failure}");
    }
}

#[tokio::test]
async fn where_the_application_says_so_values_are_saved() {
    for (failure, status) in FAILURES {
        let (_site, mut browser, _) = visited(|plan| plan.sessions(|b| b.on_error(OnError::Save))).await;
        assert_eq!(browser.get(&format!("/?set=b:2&fail={failure}")).await.status, status);
        assert_eq!(browser.get("/?get=b").await.body, "\"2\"", "{failure}");
        browser.get(&format!("/?login=alice&fail={failure}")).await.new_cookie();
        assert_eq!(browser.get("/?owner").await.body, "alice", "{failure}");
    }
}

#[tokio::test]
async fn a_handler_that_panics_has_stored_nothing_and_the_site_goes_on() {
    let (_site, mut browser, _) = visited_site().await;
    for _ in 0..5 {
        assert_eq!(browser.get("/?set=a:2&fail=panic").await.status, 0, "the connection is closed");
    }
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
}

#[tokio::test]
async fn a_sign_out_takes_place_even_if_the_handler_panics_after_it() {
    for verb in ["logout", "logout&login=bob", "regenerate"] {
        let (_site, mut browser, pool) = visited_site().await;
        assert_eq!(browser.get(&format!("/?{verb}&fail=panic")).await.status, 0);
        assert_eq!(sessions(&pool).await, 0, "{verb}");
    }
}

#[tokio::test]
async fn a_panic_gives_no_new_id_because_no_reply_could_carry_it() {
    for verb in ["renew", "login=alice"] {
        let (_site, mut browser, _) = visited_site().await;
        assert_eq!(browser.get(&format!("/?{verb}&fail=panic")).await.status, 0);
        assert_eq!(browser.get("/?get=a&owner").await.body, "\"1\"\nnobody", "{verb}");
    }
}
