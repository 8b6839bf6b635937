//! `save`, `reload` and `touch`, in the middle of a request.

use actix_pg_session::test_util::{Browser, Op, When};
use actix_pg_session::{Session, SessionError};
use actix_web::{App, Result, web};
use std::cell::RefCell;
use std::rc::Rc;

use crate::story::{Counted, SID, Shelf, max_age, on_both_stores, over, pages, visit};

on_both_stores!(
    after_save_the_row_is_there_before_the_response,
    two_saves_write_two_differences,
    a_save_of_nothing_costs_nothing,
    save_and_then_renew_login_or_purge,
    what_was_saved_stays_though_the_handler_fails,
    a_late_request_that_saves_is_told_that_nothing_is_kept,
    reload_sees_another_requests_write_and_drops_its_own,
    reload_says_when_the_session_is_gone,
    touch_counts_as_use_and_sends_the_cookie,
);

/// What another process sees while a handler runs.
async fn peeking(store: &Counted<impl Shelf>) -> Browser {
    let sessions = over(store).build().expect("the defaults work");
    let browser: Rc<RefCell<Option<Browser>>> = Rc::default();
    let peek = {
        let (browser, store) = (Rc::clone(&browser), store.clone());
        move |session: Session| {
            let (browser, store) = (Rc::clone(&browser), store.clone());
            async move {
                let rows = store.sessions().await;
                session.insert("color", "red")?;
                session.save().await?;
                let other = browser.borrow().clone().expect("the site is up");
                let seen = other.get("/get:color").await.body;
                Ok::<_, SessionError>(format!("{rows} {} {seen}", store.sessions().await))
            }
        }
    };
    let app = App::new().wrap(sessions).route("/peek", web::get().to(peek)).configure(pages);
    let made = Browser::new(app).await;
    *browser.borrow_mut() = Some(made.clone());
    made
}

async fn after_save_the_row_is_there_before_the_response(store: Counted<impl Shelf>) {
    let browser = peeking(&store).await;
    assert_eq!(browser.get("/peek").await.body, "0 1 none", "the browser has no cookie yet");
    assert_eq!(browser.get("/get:color").await.body, "red");
    browser.get("/put:color=blue").await;
    assert_eq!(browser.get("/peek").await.body, "1 1 red");
}

async fn two_saves_write_two_differences(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    let reply = browser.get("/put:a=1/save/handle/put:b=2/save/count:n/get:a/get:b").await;
    assert!(reply.body.ends_with(" 1 2") && reply.body.len() > 36, "the handle is known: {reply}");
    assert_eq!(reply.set_cookies().len(), 1);
    assert_eq!((store.calls(Op::Create), store.calls(Op::Update)), (1, 2));
    assert_eq!(browser.get("/get:a/get:b/number:n").await.body, "1 2 1");
}

async fn a_save_of_nothing_costs_nothing(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    assert!(browser.get("/save/save").await.set_cookies().is_empty());
    assert_eq!(store.all_calls(), 0);
    browser.get("/put:color=red/save/save").await;
    assert_eq!((store.calls(Op::Create), store.calls(Op::Update)), (1, 0));
}

async fn save_and_then_renew_login_or_purge(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    assert_eq!(browser.get("/put:a=1/save/renew/put:b=2").await.set_cookies().len(), 1);
    assert_eq!(browser.get("/get:a/get:b").await.body, "1 2");
    browser.get("/renew/save/put:c=3/renew/save/login:ann/save/put:d=4").await.assert_status(200);
    assert_eq!(browser.get("/get:a/get:c/get:d/owner").await.body, "1 3 4 ann");
    assert_eq!(browser.get("/renew/save/renew/save").await.set_cookies().len(), 1);
    assert_eq!(browser.get("/owner").await.body, "ann");
    assert_eq!(store.sessions().await, 1);
    assert_eq!(max_age(&browser.get("/put:e=5/save/purge").await), Some(0));
    assert_eq!((store.sessions().await, browser.cookie(SID)), (0, None));
    // One that the browser has never heard of.
    browser.get("/put:a=1/save/purge/save").await.assert_status(200);
    assert_eq!((store.sessions().await, browser.cookie(SID)), (0, None));
    browser.get("/put:a=1/save/purge/save/login:bob").await.assert_status(200);
    assert_eq!(browser.get("/owner/get:a").await.body, "bob none");
}

async fn what_was_saved_stays_though_the_handler_fails(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    let reply = browser.get("/put:a=1/login:ann/save/put:b=2/500").await;
    assert_eq!(reply.set_cookies().len(), 1, "the browser has to know what was saved");
    assert_eq!(browser.get("/get:a/get:b/owner").await.body, "1 none ann");
    browser.get("/renew/save/500").await;
    assert_eq!(browser.get("/get:a").await.body, "1");
}

async fn a_late_request_that_saves_is_told_that_nothing_is_kept(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let late = browser.get("/put:color=blue/save/get:color");
    browser.get("/logout").await;
    let late = late.await;
    assert_eq!((late.status.as_u16(), late.body.as_str(), late.set_cookies().len()), (200, "none", 0));
    assert_eq!(store.sessions().await, 0);
}

async fn reload_sees_another_requests_write_and_drops_its_own(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let (load, again) = (store.hold_next(Op::Load, When::Before), store.hold_next(Op::Load, When::Before));
    let slow = browser.get("/put:color=green/put:size=1/reload/entries/status");
    let meanwhile = async {
        load.reached().await;
        load.open();
        again.reached().await;
        browser.get("/put:color=blue").await;
        again.open();
    };
    let (reply, ()) = futures_util::future::join(slow, meanwhile).await;
    assert_eq!(reply.body, r#"true {"color": "\"blue\""} Unchanged"#);
    assert_eq!(browser.get("/get:color/has:size").await.body, "blue false");
    for page in ["/purge/reload/get:color", "/login:ann/reload/get:color", "/unset/reload/get:color"] {
        assert_eq!(browser.get(page).await.body, "true blue", "{page}");
    }
}

async fn reload_says_when_the_session_is_gone(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    assert_eq!(browser.get("/put:color=red/reload/get:color").await.body, "false none");
    assert_eq!(store.all_calls(), 0);
    browser.get("/put:color=red").await;
    let gate = store.hold_next(Op::Load, When::After);
    let slow = browser.get("/reload/get:color/put:color=blue/get:color");
    let meanwhile = async {
        gate.reached().await;
        browser.get("/logout").await;
        gate.open();
    };
    let (reply, ()) = futures_util::future::join(slow, meanwhile).await;
    assert_eq!((reply.body.as_str(), reply.set_cookies().len()), ("false none blue", 0));
    assert_eq!(store.sessions().await, 0);
}

async fn touch_counts_as_use_and_sends_the_cookie(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    assert_eq!(max_age(&browser.get("/touch").await), Some(14 * 24 * 60 * 60));
    assert_eq!((store.calls(Op::Touch), store.calls(Op::Update)), (1, 0));
}

#[actix_web::test]
async fn a_save_that_fails_is_an_error_of_the_verb_and_no_cookie_goes_out() -> Result<()> {
    let store = crate::story::counted_memory();
    let browser = visit(over(&store)).await;
    store.fail_next(Op::Create, When::Before);
    let reply = browser.get("/put:color=red/save").await;
    reply.assert_status(503);
    assert!(reply.set_cookies().is_empty());
    Ok(())
}
