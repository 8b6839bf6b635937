//! Signing in and out, new ids, and what ends.

use actix_pg_session::test_util::Browser;

use crate::story::{Counted, HOUR, SID, Shelf, max_age, on_both_stores, over, visit};

on_both_stores!(
    login_gives_a_new_id_and_handle_and_keeps_the_values,
    login_as_the_same_keeps_the_values_and_begins_a_new_lifetime,
    login_as_somebody_else_drops_the_values,
    two_logins_of_one_request_are_the_last,
    logout_ends_the_session_here_and_in_the_browser,
    purge_twice_is_once_and_destroy_is_purge,
    after_purge_nothing_can_be_stored_but_a_new_session_can_begin,
    renew_changes_the_id_and_nothing_else,
    regenerate_begins_a_new_and_empty_session,
    what_a_request_has_stored_before_it_regenerates_belongs_to_the_session_before,
    the_facts_of_a_session_are_those_of_its_row,
    a_session_that_was_ended_elsewhere_is_not_brought_back,
);

fn id(browser: &Browser) -> String {
    browser.cookie(SID).expect("a cookie").value
}

/// What a browser that kept the old cookie still gets.
async fn with_cookie(browser: &Browser, value: &str, page: &str) -> String {
    let thief = browser.another();
    thief.set_cookie(SID, value);
    thief.get(page).await.body
}

async fn login_gives_a_new_id_and_handle_and_keeps_the_values(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:cart=hat").await;
    let (old, handle) = (id(&browser), browser.get("/handle").await.body);
    assert_eq!(browser.get("/login:ann/owner/get:cart").await.body, "ann hat");
    assert_ne!(id(&browser), old);
    assert_eq!(browser.get("/owner/get:cart").await.body, "ann hat");
    assert_ne!(browser.get("/handle").await.body, handle);
    assert_eq!(with_cookie(&browser, &old, "/owner/get:cart").await, "none none");
    assert_eq!(store.sessions().await, 1);
}

async fn login_as_the_same_keeps_the_values_and_begins_a_new_lifetime(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).max_age(HOUR).absolute_lifetime(2 * HOUR)).await;
    browser.get("/login:ann/put:cart=hat").await;
    let old = id(&browser);
    let proved = browser.get("/proved").await.body;
    store.elapse(HOUR / 2).await;
    browser.get("/get:cart").await;
    store.elapse(HOUR / 2 + HOUR / 4).await;
    assert_eq!(max_age(&browser.get("/login:ann/put:tie=1").await), Some(3600));
    assert_ne!(id(&browser), old);
    assert_eq!(browser.get("/get:cart/get:tie").await.body, "hat 1");
    assert!(browser.get("/proved").await.body > proved);
    store.elapse(HOUR - HOUR / 4).await;
    assert_eq!(browser.get("/owner").await.body, "ann", "the old deadline is over, the new one is not");
}

async fn login_as_somebody_else_drops_the_values(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/login:ann/put:cart=hat/put:card=4711").await;
    let reply = browser.get("/put:cart=tie/login:bob/owner/get:cart/get:card/put:mood=fair").await;
    assert_eq!(reply.body, "bob none none");
    assert_eq!(browser.get("/owner/entries").await.body, r#"bob {"mood": "\"fair\""}"#);
}

async fn two_logins_of_one_request_are_the_last(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:cart=hat/login:ann/put:card=4711/login:bob").await;
    assert_eq!(browser.get("/owner/get:cart/get:card").await.body, "bob none none");
    assert_eq!(store.sessions().await, 1);
}

async fn logout_ends_the_session_here_and_in_the_browser(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/login:ann").await;
    let old = id(&browser);
    assert_eq!(max_age(&browser.get("/logout/owner").await), Some(0));
    assert_eq!(browser.cookie(SID), None);
    assert_eq!(with_cookie(&browser, &old, "/owner").await, "none");
    assert_eq!(store.sessions().await, 0);
}

async fn purge_twice_is_once_and_destroy_is_purge(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    for page in ["/purge/purge", "/destroy", "/logout/destroy/purge", "/save/purge/save/purge"] {
        browser.get("/put:color=red").await;
        let reply = browser.get(page).await;
        reply.assert_status(200);
        assert_eq!(max_age(&reply), Some(0), "{page}");
        assert_eq!(store.sessions().await, 0, "{page}");
    }
}

async fn after_purge_nothing_can_be_stored_but_a_new_session_can_begin(store: Counted<impl Shelf>) {
    for refused in ["put:a=b", "count:n", "remove:color", "clear", "renew", "touch", "unset", "idle:60"] {
        let browser = visit(over(&store)).await;
        browser.get("/put:color=red").await;
        browser.get(&format!("/purge/{refused}")).await.assert_status(500);
        assert_eq!(browser.get("/get:color").await.body, "none", "{refused}: the purge is carried out");
    }
    for begun in ["login:bob", "regenerate"] {
        let browser = visit(over(&store)).await;
        browser.get("/login:ann/put:color=red").await;
        let old = id(&browser);
        browser.get(&format!("/purge/{begun}/put:size=8")).await.assert_status(200);
        let owner = if begun == "regenerate" { "none" } else { "bob" };
        assert_eq!(browser.get("/owner/get:color/get:size").await.body, format!("{owner} none 8"));
        assert_eq!(with_cookie(&browser, &old, "/owner").await, "none");
    }
}

async fn renew_changes_the_id_and_nothing_else(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/login:ann/put:color=red").await;
    let old = id(&browser);
    let facts = "/owner/get:color/handle/born/proved";
    let before = browser.get(facts).await.body;
    assert_eq!(browser.get("/renew/put:size=8/get:color").await.body, "red");
    assert_ne!(id(&browser), old);
    assert_eq!(browser.get(facts).await.body, before);
    assert_eq!(browser.get("/get:size").await.body, "8");
    assert_eq!(with_cookie(&browser, &old, facts).await, "none none none none none");
}

async fn regenerate_begins_a_new_and_empty_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/login:ann/put:color=red").await;
    let (old, handle) = (id(&browser), browser.get("/handle").await.body);
    assert_eq!(browser.get("/regenerate/owner/get:color/put:size=8").await.body, "none none");
    assert_ne!(id(&browser), old);
    assert_eq!(browser.get("/owner/get:color/get:size/proved").await.body, "none none 8 none");
    assert_ne!(browser.get("/handle").await.body, handle);
    assert_eq!(with_cookie(&browser, &old, "/owner/get:color").await, "none none");
    assert_eq!(store.sessions().await, 1);
}

async fn what_a_request_has_stored_before_it_regenerates_belongs_to_the_session_before(
    store: Counted<impl Shelf>,
) {
    let stranger = visit(over(&store)).await;
    let known = stranger.another();
    known.get("/put:cart=hat").await;
    for browser in [stranger, known] {
        browser.get("/put:color=red/regenerate/put:size=8").await;
        assert_eq!(browser.get("/get:cart/get:color/get:size").await.body, "none none 8");
    }
}

async fn the_facts_of_a_session_are_those_of_its_row(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).max_age(HOUR)).await;
    let facts = "/owner/handle/born/proved/left";
    assert_eq!(browser.get(facts).await.body, "none none none none none");
    assert_eq!(browser.get("/put:color=red/handle/left").await.body, "none none", "before the first save");
    let seen = browser.get(facts).await.body;
    let parts: Vec<_> = seen.split(' ').collect();
    assert_eq!((parts[0], parts[3], parts[4]), ("none", "none", "3599"), "{seen}");
    assert_eq!(parts[1].len(), 36, "a handle: {seen}");
    browser.get("/login:ann").await;
    store.elapse(HOUR / 2).await;
    let seen = browser.get(facts).await.body;
    let parts: Vec<_> = seen.split(' ').collect();
    assert_eq!((parts[0], parts[4]), ("ann", "1799"), "{seen}");
    assert_eq!(parts[2], parts[3], "signed in when it began: {seen}");
}

async fn a_session_that_was_ended_elsewhere_is_not_brought_back(store: Counted<impl Shelf>) {
    use actix_pg_session::test_util::{Op, When};
    for (page, op) in [("/put:color=blue", Op::Update), ("/touch", Op::Touch), ("/renew", Op::Renew)] {
        let browser = visit(over(&store)).await;
        browser.get("/put:color=red").await;
        let gate = store.hold_next(op, When::Before);
        let slow = browser.get(page);
        let meanwhile = async {
            gate.reached().await;
            browser.get("/logout").await;
            gate.open();
        };
        let (reply, ()) = futures_util::future::join(slow, meanwhile).await;
        reply.assert_status(200);
        assert!(reply.set_cookies().is_empty(), "{page}");
        assert_eq!((store.sessions().await, browser.cookie(SID)), (0, None), "{page}");
    }
}
