//! Reading and writing values.

use actix_pg_session::Session;
use actix_pg_session::test_util::{Browser, Op, When};
use actix_web::{App, Result, web};

use crate::story::{Counted, Shelf, on_both_stores, over, pages, visit};

on_both_stores!(
    what_is_stored_is_read_by_the_same_and_by_the_next_request,
    a_value_that_is_not_there_is_none,
    a_value_of_another_type_is_an_error_and_stays,
    take_reads_once,
    remove_answers_what_it_removed,
    clear_takes_all_values_and_keeps_the_owner_and_the_id,
    what_was_cleared_can_be_stored_again,
    update_computes_only_from_what_is_there,
    updates_of_one_request_build_upon_each_other,
    an_update_that_fails_changes_nothing,
    entries_are_all_values_as_json,
    the_status_says_what_the_request_has_done,
);

async fn what_is_stored_is_read_by_the_same_and_by_the_next_request(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    assert_eq!(browser.get("/put:color=red/put:size=8/get:color").await.body, "red");
    assert_eq!(browser.get("/get:color/get:size/has:size").await.body, "red 8 true");
    browser.get("/put:color=blue").await;
    assert_eq!(browser.get("/get:color/get:size").await.body, "blue 8");
    assert_eq!(browser.another().get("/get:color").await.body, "none");
}

async fn a_value_that_is_not_there_is_none(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let page = "/get:Color/has:Color/remove:Color/take:Color/number:Color/get:color";
    assert_eq!(browser.get(page).await.body, "none false none none 0 red");
}

async fn a_value_of_another_type_is_an_error_and_stays(store: Counted<impl Shelf>) {
    let sessions = over(&store).build().expect("the defaults work");
    let confuse = async |session: Session| {
        assert!(session.get::<u32>("color").is_err_and(|error| error.is_decode()));
        assert!(session.take::<u32>("color").is_err_and(|error| error.is_decode()));
        assert!(session.remove_as::<u32>("color").is_err_and(|error| error.is_decode()));
        assert!(session.update("color", |n: u32| n + 1).is_err_and(|error| error.is_decode()));
        assert!(session.update_or("color", 0_u32, |n| n + 1).is_err_and(|error| error.is_decode()));
        ""
    };
    let app = App::new().wrap(sessions).route("/confuse", web::get().to(confuse)).configure(pages);
    let browser = Browser::new(app).await;
    browser.get("/put:color=red").await;
    browser.get("/confuse").await.assert_status(200);
    let reply = browser.get("/number:color").await;
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (500, ""));
    assert_eq!(browser.get("/get:color").await.body, "red");
}

async fn take_reads_once(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:flash=saved").await;
    assert_eq!(browser.get("/take:flash/take:flash").await.body, "saved none");
    assert_eq!(browser.get("/take:flash").await.body, "none");
}

async fn remove_answers_what_it_removed(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red/put:size=8").await;
    assert_eq!(browser.get("/remove:color/get:color/remove:color").await.body, "\"red\" none none");
    assert_eq!(browser.get("/get:color/get:size").await.body, "none 8");
}

async fn clear_takes_all_values_and_keeps_the_owner_and_the_id(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/login:ann/put:color=red/put:size=8").await;
    let handle = browser.get("/handle").await.body;
    assert_eq!(
        browser.get("/clear/get:color/put:mood=fair/entries").await.body,
        r#"none {"mood": "\"fair\""}"#
    );
    assert_eq!(browser.get("/entries/owner").await.body, r#"{"mood": "\"fair\""} ann"#);
    assert_eq!(browser.get("/handle").await.body, handle);
}

async fn what_was_cleared_can_be_stored_again(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red/count:n").await;
    browser.get("/clear/put:color=red/count:n/count:n").await;
    assert_eq!(browser.get("/get:color/number:n").await.body, "red 2");
    browser.get("/remove:color/put:color=blue/remove:n/count:n").await;
    assert_eq!(browser.get("/get:color/number:n").await.body, "blue 1");
}

async fn update_computes_only_from_what_is_there(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    assert!(browser.get("/add:n").await.set_cookies().is_empty());
    browser.get("/count:n").await;
    browser.get("/add:n").await;
    assert_eq!(browser.get("/number:n/has:m").await.body, "2 false");
}

async fn updates_of_one_request_build_upon_each_other(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    assert_eq!(browser.get("/count:n/add:n/add:n/number:n").await.body, "3");
    assert_eq!(browser.get("/count:n/add:n/number:n").await.body, "5");
    assert_eq!(browser.get("/number:n").await.body, "5");
    // Another request comes between, so that all of the steps are run again.
    let gate = store.hold_next(Op::Update, When::Before);
    let slow = browser.get("/add:n/add:n/put:color=red");
    let meanwhile = async {
        gate.reached().await;
        browser.get("/add:n/put:size=8").await;
        gate.open();
    };
    futures_util::future::join(slow, meanwhile).await;
    assert_eq!(browser.get("/number:n/get:color/get:size").await.body, "8 red 8");
}

async fn an_update_that_fails_changes_nothing(store: Counted<impl Shelf>) {
    let sessions = over(&store).build().expect("the defaults work");
    let fail = async |session: Session| -> Result<String> {
        let refused = session.update("n", |_: f64| f64::NAN).expect_err("not a number");
        assert!(refused.unstorable_reason().is_some());
        assert!(session.update_or("new", f64::INFINITY, |n| n).is_err());
        Ok(format!("{:?} {}", session.status(), session.contains_key("new")))
    };
    let app = App::new().wrap(sessions).route("/fail", web::get().to(fail)).configure(pages);
    let browser = Browser::new(app).await;
    browser.get("/count:n").await;
    assert_eq!(browser.get("/fail").await.body, "Unchanged false");
    assert_eq!(browser.get("/number:n").await.body, "1");
}

async fn entries_are_all_values_as_json(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    assert_eq!(browser.get("/entries").await.body, "{}");
    let seen = browser.get("/put:b=x/count:a/entries").await.body;
    assert_eq!(seen, r#"{"a": "1", "b": "\"x\""}"#);
    assert_eq!(browser.get("/entries").await.body, seen);
}

async fn the_status_says_what_the_request_has_done(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    for (page, status) in [
        ("/status", "Unchanged"),
        ("/get:color/put:color=red/touch/status", "red Unchanged"),
        ("/put:color=blue/status", "Changed"),
        ("/take:color/status", "blue Changed"),
        ("/idle:60/status", "Changed"),
        ("/put:a=b/renew/status", "Renewed"),
        ("/login:ann/status", "Renewed"),
        ("/regenerate/status", "Renewed"),
        ("/put:a=c/save/status", "Unchanged"),
        ("/purge/status", "Purged"),
    ] {
        assert_eq!(browser.get(page).await.body, status, "{page}");
    }
}
