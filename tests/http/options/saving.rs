//! When something is written, and when the cookie is sent.

use actix_pg_session::Unset;
use actix_pg_session::test_util::Op;

use crate::story::{Counted, MINUTE, SID, Shelf, cost, max_age, on_both_stores, over, pair, visit};

on_both_stores!(
    a_visitor_who_stores_nothing_costs_no_row_and_gets_no_cookie,
    save_uninitialized_creates_a_row_for_a_visitor_who_stores_nothing,
    save_uninitialized_does_not_bring_back_what_was_just_ended,
    a_session_that_is_only_read_is_neither_saved_nor_its_cookie_sent,
    rolling_sets_the_cookie_on_an_unmodified_session,
    rolling_gives_no_cookie_to_a_visitor_without_a_session,
    resave_saves_an_unmodified_session,
    storing_the_same_value_again_costs_no_write,
    storing_the_same_struct_again_costs_no_write,
    values_that_come_and_go_within_a_request_cost_no_row,
    unset_keep_drops_the_changes_and_keeps_the_session,
    unset_keep_drops_the_changes_even_after_a_save_and_under_resave,
    unset_destroy_ends_the_session,
    a_sign_out_after_unset_ends_the_session,
);

async fn a_visitor_who_stores_nothing_costs_no_row_and_gets_no_cookie(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    for page in ["/static", "/get:color/owner/entries/status", "/renew", "/touch", "/remove:color", "/logout"]
    {
        let reply = browser.get(page).await;
        reply.assert_status(200);
        assert!(reply.set_cookies().is_empty(), "{page}");
    }
    assert_eq!(store.all_calls(), 0);
}

async fn save_uninitialized_creates_a_row_for_a_visitor_who_stores_nothing(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).save_uninitialized(true)).await;
    assert!(browser.get("/static").await.set_cookies().is_empty(), "nobody asked");
    assert_eq!(store.sessions().await, 0);
    assert_eq!(browser.get("/get:color").await.set_cookies().len(), 1);
    assert_eq!(store.sessions().await, 1);
    assert!(browser.get("/get:color").await.set_cookies().is_empty(), "it exists by now");
    assert_eq!(store.sessions().await, 1);
}

async fn save_uninitialized_does_not_bring_back_what_was_just_ended(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).save_uninitialized(true)).await;
    browser.get("/put:color=red").await;
    let late = browser.get("/get:color");
    browser.get("/logout").await;
    assert!(late.await.set_cookies().is_empty());
    assert_eq!(store.sessions().await, 0);
}

async fn a_session_that_is_only_read_is_neither_saved_nor_its_cookie_sent(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let before = store.all_calls();
    let reply = browser.get("/get:color/entries/owner").await;
    assert!(reply.set_cookies().is_empty());
    assert_eq!(reply.header("cache-control"), None);
    assert_eq!((store.all_calls() - before, store.calls(Op::Load)), (1, 1));
}

async fn rolling_sets_the_cookie_on_an_unmodified_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).rolling(true).max_age(60 * MINUTE)).await;
    browser.get("/put:color=red").await;
    let id = browser.cookie(SID).expect("a cookie").value;
    store.elapse(MINUTE).await;
    let reply = browser.get("/get:color").await;
    assert_eq!(max_age(&reply), Some(3600));
    assert_eq!(pair(&reply.set_cookies()[0]), format!("{SID}={id}"));
    assert_eq!((store.calls(Op::Touch), store.calls(Op::Update)), (1, 0));
}

async fn rolling_gives_no_cookie_to_a_visitor_without_a_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).rolling(true)).await;
    assert!(browser.get("/get:color").await.set_cookies().is_empty());
    assert_eq!(store.all_calls(), 0);
}

async fn resave_saves_an_unmodified_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).resave(true)).await;
    browser.get("/put:color=red").await;
    assert_eq!(browser.get("/get:color").await.body, "red");
    assert_eq!(store.calls(Op::Update), 1);
}

async fn storing_the_same_value_again_costs_no_write(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    assert_eq!(cost(&store, browser.get("/put:color=red")).await, 1, "the load");
    assert_eq!(cost(&store, browser.get("/put:color=blue/put:color=red")).await, 2);
    assert_eq!(browser.get("/get:color").await.body, "red");
}

/// jsonb keeps the fields of an object in an order of its own.
async fn storing_the_same_struct_again_costs_no_write(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/cart").await;
    assert_eq!(cost(&store, browser.get("/cart")).await, 1, "the load");
}

async fn values_that_come_and_go_within_a_request_cost_no_row(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    for page in
        ["/clear", "/put:color=red/remove:color", "/put:color=red/take:color", "/count:n/clear", "/idle:60"]
    {
        assert!(browser.get(page).await.set_cookies().is_empty(), "{page}");
    }
    assert_eq!(store.sessions().await, 0);
}

async fn unset_keep_drops_the_changes_and_keeps_the_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let reply = browser.get("/put:color=blue/put:size=8/unset").await;
    assert!(reply.set_cookies().is_empty());
    assert_eq!(browser.get("/get:color/get:size").await.body, "red none");
    assert!(browser.another().get("/put:color=blue/unset").await.set_cookies().is_empty());
    assert_eq!(store.sessions().await, 1);
}

async fn unset_keep_drops_the_changes_even_after_a_save_and_under_resave(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).resave(true)).await;
    browser.get("/put:color=red/save/put:color=blue/unset").await.assert_status(200);
    assert_eq!(browser.get("/get:color").await.body, "red");
}

async fn unset_destroy_ends_the_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).unset(Unset::Destroy)).await;
    browser.get("/put:color=red").await;
    assert_eq!(max_age(&browser.get("/unset").await), Some(0));
    assert_eq!((store.sessions().await, browser.cookie(SID)), (0, None));
    assert!(browser.get("/unset").await.set_cookies().is_empty(), "there is nothing to end");
}

async fn a_sign_out_after_unset_ends_the_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/login:ann").await;
    assert_eq!(max_age(&browser.get("/unset/logout").await), Some(0));
    assert_eq!(store.sessions().await, 0);
}
