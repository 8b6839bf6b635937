//! Handles for work that outlives the response.

use std::cell::RefCell;
use std::rc::Rc;

use actix_pg_session::test_util::{Browser, Op, When};
use actix_pg_session::{Detached, Session};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpRequest, HttpResponse, Result, web};
use futures_util::stream::once;

use crate::story::{Counted, SID, Shelf, on_both_stores, over, pages, perform};

on_both_stores!(
    a_stream_reads_and_writes_after_the_head_is_sent,
    a_detached_update_loses_no_step,
    it_follows_the_session_through_login_renewal_and_first_save,
    it_follows_a_save_in_the_middle_of_the_request,
    after_the_session_has_ended_it_reads_nothing_and_creates_nothing,
    what_cannot_be_stored_is_refused_by_the_detached_verb_too,
    destroying_ends_the_session_and_leaves_no_mark,
);

/// The handle that the last page took.
type Slot = Rc<RefCell<Option<Detached>>>;

/// `/take/steps`: takes a handle before the steps, and keeps it for the test.
async fn site(store: &impl Shelf) -> (Browser, Slot) {
    let sessions = over(store).build().expect("the defaults work");
    let slot: Slot = Rc::default();
    let take = {
        let slot = Rc::clone(&slot);
        move |session: Session, request: HttpRequest| {
            let slot = Rc::clone(&slot);
            async move {
                *slot.borrow_mut() = Some(session.detach());
                for step in request.match_info().query("steps").split('/').filter(|step| !step.is_empty()) {
                    perform(&session, step).await?;
                }
                Ok::<_, Error>(HttpResponse::Ok().finish())
            }
        }
    };
    let app = App::new()
        .wrap(sessions)
        .route("/stream", web::get().to(stream))
        .route("/take/{steps:.*}", web::get().to(take))
        .configure(pages);
    (Browser::new(app).await, slot)
}

fn taken(slot: &Slot) -> Detached {
    slot.borrow_mut().take().expect("a page took a handle")
}

async fn color(handle: &Detached) -> Option<String> {
    let record = handle.load().await.expect("the store is well")?;
    record.get("color").expect("a string")
}

async fn stream(session: Session) -> Result<HttpResponse> {
    let handle = session.detach();
    session.insert("color", "red")?;
    let body = once(async move {
        let sealed = session.insert("color", "late").expect_err("the head is sent").is_sealed();
        let before = color(&handle).await;
        let written = handle.insert("size", "8").await.is_ok_and(|saved| saved);
        Ok::<_, Error>(Bytes::from(format!("{sealed} {before:?} {written}")))
    });
    Ok(HttpResponse::Ok().streaming(body))
}

async fn a_stream_reads_and_writes_after_the_head_is_sent(store: Counted<impl Shelf>) {
    let (browser, slot) = site(&store).await;
    assert_eq!(browser.get("/stream").await.body, "true Some(\"red\") true");
    assert_eq!(browser.get("/get:color/get:size").await.body, "red 8");
    browser.get("/take/").await;
    let handle = taken(&slot);
    assert!(handle.insert("color", "blue").await.is_ok_and(|saved| saved));
    assert!(handle.touch().await.is_ok_and(|alive| alive));
    assert_eq!(browser.get("/get:color").await.body, "blue");
    assert!(handle.remove("color").await.is_ok_and(|saved| saved));
    assert_eq!(browser.get("/get:color").await.body, "none");
}

async fn a_detached_update_loses_no_step(store: Counted<impl Shelf>) {
    let (browser, slot) = site(&store).await;
    browser.get("/count:n").await;
    browser.get("/take/").await;
    let handle = taken(&slot);
    let gate = store.hold_next(Op::Update, When::Before);
    let slow = handle.update_or("n", 1_u64, |n| n + 1);
    let meanwhile = async {
        gate.reached().await;
        browser.get("/count:n/put:color=red").await;
        gate.open();
    };
    let (counted, ()) = futures_util::future::join(slow, meanwhile).await;
    assert!(counted.is_ok_and(|saved| saved));
    assert!(handle.update_or("m", 5_u64, |n| n + 1).await.is_ok_and(|saved| saved));
    assert_eq!(browser.get("/number:n/number:m/get:color").await.body, "3 5 red");
}

async fn it_follows_the_session_through_login_renewal_and_first_save(store: Counted<impl Shelf>) {
    let (browser, slot) = site(&store).await;
    for page in ["/take/put:color=red", "/take/renew", "/take/login:ann", "/take/put:color=red/login:ann"] {
        browser.get(page).await.assert_status(200);
        let handle = taken(&slot);
        assert_eq!(color(&handle).await.as_deref(), Some("red"), "{page}");
        assert!(handle.insert("page", page).await.is_ok_and(|saved| saved), "{page}");
        assert_eq!(browser.get("/get:page").await.body, page);
    }
    browser.get("/take/regenerate/put:size=8").await;
    assert_eq!(color(&taken(&slot)).await, None);
    assert_eq!(browser.another().get("/take/").await.status, 200);
    assert!(taken(&slot).load().await.is_ok_and(|none| none.is_none()), "there never was one");
}

async fn it_follows_a_save_in_the_middle_of_the_request(store: Counted<impl Shelf>) {
    let (browser, slot) = site(&store).await;
    browser.get("/take/put:color=red/save/renew/save/login:ann/save/renew").await.assert_status(200);
    assert_eq!(color(&taken(&slot)).await.as_deref(), Some("red"));
    browser.get("/take/purge/save").await;
    assert_eq!(color(&taken(&slot)).await, None);
}

async fn after_the_session_has_ended_it_reads_nothing_and_creates_nothing(store: Counted<impl Shelf>) {
    let (browser, slot) = site(&store).await;
    for end in ["/logout", "/renew", "/login:ann", "/regenerate", "/take/logout"] {
        browser.get("/put:color=red").await;
        browser.get("/take/").await;
        let handle = taken(&slot);
        browser.get(end).await;
        let before = store.sessions().await;
        assert!(handle.load().await.is_ok_and(|none| none.is_none()), "{end}");
        assert!(handle.insert("color", "blue").await.is_ok_and(|saved| !saved), "{end}");
        assert!(handle.remove("color").await.is_ok_and(|saved| !saved), "{end}");
        assert!(handle.update_or("n", 1, |n: u32| n + 1).await.is_ok_and(|saved| !saved), "{end}");
        assert!(handle.touch().await.is_ok_and(|alive| !alive), "{end}");
        assert_eq!(store.sessions().await, before, "{end}");
        // To destroy is to sign out, and that follows a renewal; a sign-in it does not undo.
        handle.destroy().await.expect("the store is well");
        let left = if end == "/renew" { before - 1 } else { before };
        assert_eq!(store.sessions().await, left, "{end}");
    }
}

async fn what_cannot_be_stored_is_refused_by_the_detached_verb_too(store: Counted<impl Shelf>) {
    let (browser, slot) = site(&store).await;
    browser.get("/take/put:color=red").await;
    let handle = taken(&slot);
    assert!(handle.insert("nan", f64::NAN).await.is_err_and(|error| error.unstorable_reason().is_some()));
    assert!(handle.insert("a\0b", 1).await.is_err_and(|error| error.unstorable_reason().is_some()));
    assert!(handle.insert("big", "x".repeat(2 << 20)).await.is_err_and(|error| error.is_too_large()));
    assert!(handle.update_or("n", 1.0, |_| f64::NAN).await.is_ok_and(|saved| saved), "the default is stored");
    assert!(
        handle
            .update_or("n", 1.0, |_| f64::NAN)
            .await
            .is_err_and(|error| error.unstorable_reason().is_some())
    );
    assert!(handle.update_or("color", 1, |n: u32| n).await.is_err_and(|error| error.is_decode()));
    assert!(handle.remove("a\0b").await.is_err_and(|error| error.unstorable_reason().is_some()));
    assert_eq!(browser.get("/get:color").await.body, "red");
}

async fn destroying_ends_the_session_and_leaves_no_mark(store: Counted<impl Shelf>) {
    let (browser, slot) = site(&store).await;
    browser.get("/take/put:color=red").await;
    let old = browser.cookie(SID).expect("a cookie");
    taken(&slot).destroy().await.expect("the store is well");
    assert_eq!(browser.get("/get:color").await.body, "none");
    assert_eq!(browser.cookie(SID), Some(old), "the browser keeps a cookie that names nothing");
    assert_eq!(
        browser.get("/put:color=blue").await.set_cookies().len(),
        1,
        "and gets another when it needs one"
    );
}

#[test]
fn a_detached_handle_may_go_anywhere_and_says_nothing_of_its_id() {
    fn anywhere<T: Send + Sync + Clone + std::fmt::Debug + 'static>() {}
    anywhere::<Detached>();
}
