//! `set_lifetime`: a lifetime of one session's own.

use crate::story::{Counted, HOUR, SID, Shelf, max_age, on_both_stores, over, visit};

on_both_stores!(
    remember_me_lengthens_one_session,
    a_shorter_lifetime_shortens_one_session,
    a_lifetime_of_its_own_survives_saves_touches_and_renewals,
    one_login_may_be_for_the_browser_session_only,
    what_begins_after_a_session_of_the_browser_session_lasts_as_usual,
    a_session_that_lasted_can_become_one_of_the_browser_session,
    a_lifetime_counts_from_the_sessions_beginning,
    a_lifetime_that_is_over_already_ends_the_session,
    a_lifetime_beyond_all_bounds_is_a_long_one,
);

const DAYS_30: u64 = 30 * 24 * 60 * 60;

async fn remember_me_lengthens_one_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).max_age(HOUR).absolute_lifetime(2 * HOUR)).await;
    let other = browser.another();
    assert_eq!(max_age(&browser.get(&format!("/login:ann/idle:{DAYS_30}")).await), Some(DAYS_30));
    assert_eq!(max_age(&other.get("/login:ann").await), Some(3600));
    store.elapse(3 * HOUR).await;
    assert_eq!(browser.get("/owner").await.body, "ann");
    assert_eq!(other.get("/owner").await.body, "none");
}

async fn a_shorter_lifetime_shortens_one_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    assert_eq!(max_age(&browser.get("/idle:600").await), Some(600));
    store.elapse(HOUR / 4).await;
    assert_eq!(browser.get("/get:color").await.body, "none");
}

async fn a_lifetime_of_its_own_survives_saves_touches_and_renewals(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/idle:7200/put:color=red").await;
    for page in ["/put:size=8", "/touch", "/renew", "/put:size=9/renew"] {
        assert_eq!(max_age(&browser.get(page).await), Some(7200), "{page}");
    }
    assert_eq!(max_age(&browser.get("/login:ann").await), Some(14 * 24 * 60 * 60), "a sign-in begins anew");
}

async fn one_login_may_be_for_the_browser_session_only(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let reply = browser.get("/login:ann/brief:600").await;
    assert_eq!((reply.set_cookies().len(), max_age(&reply)), (1, None));
    for page in ["/renew", "/renew/put:size=8"] {
        let reply = browser.get(page).await;
        assert_eq!((reply.set_cookies().len(), max_age(&reply)), (1, None), "{page}");
    }
    assert!(browser.get("/put:size=9").await.set_cookies().is_empty(), "nothing went stale");
    browser.close();
    assert_eq!(browser.get("/owner").await.body, "none");
    // The other way round: the browser session is the rule, and one is remembered.
    let browser = visit(over(&store).browser_session(true)).await;
    browser.get("/login:ann/idle:600").await;
    browser.close();
    assert_eq!(browser.get("/owner").await.body, "ann");
}

async fn what_begins_after_a_session_of_the_browser_session_lasts_as_usual(store: Counted<impl Shelf>) {
    for page in ["/login:ann", "/regenerate/put:color=blue"] {
        let browser = visit(over(&store)).await;
        browser.get("/put:color=red/brief:600").await;
        assert_eq!(max_age(&browser.get(page).await), Some(14 * 24 * 60 * 60), "{page}");
    }
}

async fn a_session_that_lasted_can_become_one_of_the_browser_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/login:ann").await;
    for page in ["/brief:600", "/brief:600/save"] {
        browser.get("/idle:1200").await;
        let reply = browser.get(page).await;
        assert_eq!((reply.set_cookies().len(), max_age(&reply)), (1, None), "{page}");
    }
    browser.close();
    assert_eq!(browser.cookie(SID), None, "the browser was told");
}

async fn a_lifetime_counts_from_the_sessions_beginning(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).max_age(2 * HOUR)).await;
    browser.get("/put:color=red").await;
    store.elapse(HOUR).await;
    let left = max_age(&browser.get("/deadline:5400").await).expect("a cookie that lasts");
    assert!((1740..=1800).contains(&left), "{left}");
    assert_eq!(
        max_age(&browser.get("/login:ann/deadline:5400").await),
        Some(5400),
        "with a sign-in that is now"
    );
}

async fn a_lifetime_that_is_over_already_ends_the_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    store.elapse(HOUR).await;
    browser.get("/deadline:60").await.assert_status(200);
    assert_eq!(browser.get("/get:color").await.body, "none");
    assert_eq!(store.sessions().await, 0);
    browser.get("/put:color=red/idle:0").await.assert_status(200);
    assert_eq!(browser.get("/get:color").await.body, "none");
}

async fn a_lifetime_beyond_all_bounds_is_a_long_one(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get(&format!("/put:color=red/deadline:{}", u64::MAX)).await.assert_status(200);
    browser.get(&format!("/deadline:{}", u64::MAX)).await.assert_status(200);
    assert_eq!(browser.get("/get:color").await.body, "red");
}
