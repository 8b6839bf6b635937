//! The tools for tests do as they say.

#![allow(clippy::unwrap_used, reason = "a test that unwraps an error fails, which is what it is for")]

use actix_pg_session::test_util::{Browser, FlakyStore, Op, Reply, When};
use actix_pg_session::{MemoryStore, Session, SessionMiddleware, SessionStore};
use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use actix_web::{App, HttpRequest, HttpResponse, Result, web};
use futures_util::FutureExt as _;
use futures_util::future::join;

async fn count(session: Session) -> Result<String> {
    session.update_or("n", 1_u32, |n| n + 1)?;
    Ok(session.get::<u32>("n")?.unwrap_or_default().to_string())
}

async fn cookies(request: HttpRequest) -> String {
    let lines = request.headers().get_all("cookie");
    lines.map(|line| line.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(" | ")
}

async fn set(path: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().append_header(("Set-Cookie", format!("{path}=1; Path=/; Secure"))).finish()
}

async fn browser(store: impl SessionStore) -> Browser {
    let sessions = SessionMiddleware::builder(store, "a secret for tests, 32 bytes or more").build().unwrap();
    let app = App::new()
        .wrap(sessions)
        .route("/count", web::get().to(count))
        .route("/cookies", web::route().to(cookies))
        .route("/set/{name}", web::get().to(set))
        .route("/json", web::get().to(async || web::Json([1, 2, 3])));
    Browser::new(app).await
}

#[actix_web::test]
async fn a_request_has_the_cookies_of_the_moment_in_which_it_was_made() {
    let browser = browser(MemoryStore::new()).await;
    browser.get("/set/a").await;
    let late = browser.get("/cookies");
    browser.get("/set/b").await;
    assert_eq!(late.await.body, "a=1");
    assert_eq!(browser.get("/cookies").await.body, "a=1; b=1");
}

#[actix_web::test]
async fn a_clone_shares_the_jar_and_another_browser_does_not() {
    let browser = browser(MemoryStore::new()).await;
    browser.clone().get("/set/a").await;
    assert_eq!(browser.get("/cookies").await.body, "a=1");
    assert_eq!(browser.another().get("/cookies").await.body, "");
    assert_eq!(browser.over_http().get("/cookies").await.body, "");
}

#[actix_web::test]
async fn a_requests_own_cookies_are_sent_too() {
    let browser = browser(MemoryStore::new()).await;
    browser.set_cookie("a", "1");
    let request = TestRequest::put().uri("/cookies").insert_header(("Cookie", "own=1"));
    assert_eq!(browser.send(request).await.body, "own=1 | a=1");
}

#[actix_web::test]
async fn an_error_that_passes_by_every_middleware_is_a_response() {
    let app = App::new().wrap_fn(|_, _| async {
        Err::<actix_web::dev::ServiceResponse, _>(actix_web::error::ErrorImATeapot("short and stout"))
    });
    let reply = Browser::new(app).await.get("/").await;
    assert_eq!((reply.status, &*reply.body), (StatusCode::IM_A_TEAPOT, "short and stout"));
}

#[actix_web::test]
async fn a_reply_reads_json_and_headers() {
    let reply: Reply = browser(MemoryStore::new()).await.get("/json").await;
    assert_eq!(reply.json::<[u8; 3]>(), [1, 2, 3]);
    assert_eq!(reply.assert_status(200).header("content-type"), Some("application/json"));
}

#[actix_web::test]
#[should_panic(expected = "404 Not Found")]
async fn another_status_than_the_expected_one_is_a_panic() {
    browser(MemoryStore::new()).await.get("/nowhere").await.assert_status(200);
}

#[actix_web::test]
async fn a_lost_acknowledgement_is_an_error_although_the_row_has_changed() {
    let store = FlakyStore::new(MemoryStore::new());
    let browser = browser(store.clone()).await;
    browser.get("/count").await;
    store.fail_next(Op::Update, When::After);
    browser.get("/count").await.assert_status(503);
    assert_eq!(browser.get("/count").await.body, "3");
    store.fail_next(Op::Update, When::Before);
    browser.get("/count").await.assert_status(503);
    assert_eq!(browser.get("/count").await.body, "4");
}

#[actix_web::test]
async fn calls_meet_what_was_said_about_them_one_by_one_until_healed() {
    let store = FlakyStore::new(MemoryStore::new());
    let id = actix_pg_session::SessionId::generate().unwrap();
    store.fail_next(Op::Load, When::Before);
    store.fail_next(Op::Load, When::After);
    store.fail_next(Op::Load, When::Before);
    // A call that fails before does not get as far as after, so these fail three calls.
    for expected in [false, false, false, true] {
        assert_eq!(store.load(&id).await.is_ok(), expected);
    }
    store.fail_all();
    assert!(store.load(&id).await.is_err() && store.touch(&id, None).await.is_err());
    store.heal();
    assert!(store.load(&id).await.is_ok() && store.touch(&id, None).await.is_ok());
    assert_eq!((store.calls(Op::Load), store.calls(Op::Touch), store.all_calls()), (6, 2, 8));
}

#[actix_web::test]
async fn a_gate_holds_one_call_and_lets_others_pass() {
    let store = FlakyStore::new(MemoryStore::new());
    let browser = browser(store.clone()).await;
    browser.get("/count").await;
    let gate = store.hold_next(Op::Update, When::Before);
    let (held, ()) = join(browser.get("/count"), async {
        gate.reached().await;
        assert_eq!(browser.get("/count").await.body, "2");
        gate.open();
    })
    .await;
    // It had computed 2 as well, met the other's save, and computed again.
    assert_eq!(held.status, StatusCode::OK);
    assert_eq!(browser.get("/count").await.body, "4");
}

#[actix_web::test]
async fn a_dropped_gate_is_open() {
    let store = FlakyStore::new(MemoryStore::new());
    let id = actix_pg_session::SessionId::generate().unwrap();
    let gate = store.hold_next(Op::Load, When::After);
    let mut load = Box::pin(store.load(&id));
    assert!(load.as_mut().now_or_never().is_none());
    gate.reached().await;
    drop(gate);
    assert!(load.await.is_ok());
}

#[actix_web::test]
#[should_panic(expected = "no call will ever stand at this gate")]
async fn waiting_at_a_gate_that_was_healed_away_is_a_panic() {
    let store = FlakyStore::new(MemoryStore::new());
    let gate = store.hold_next(Op::Load, When::Before);
    store.heal();
    gate.reached().await;
}
