//! `on_error`: what becomes of a session when the handler fails.

use actix_pg_session::{OnError, Session};
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorBadRequest, ErrorImATeapot, ErrorInternalServerError};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, web};

use actix_pg_session::test_util::Browser;

use crate::story::{Counted, SID, Shelf, max_age, on_both_stores, over, pages, visit};

on_both_stores!(
    a_failed_handler_saves_nothing_and_says_nothing,
    on_error_save_saves_in_spite_of_the_failure,
    a_refusal_that_is_the_visitors_fault_is_no_failure,
    a_failed_sign_in_signs_nobody_in,
    a_failed_sign_in_signs_nobody_in_even_where_every_visitor_gets_a_row,
    a_failed_sign_in_keeps_a_browser_session_a_browser_session,
    a_failed_sign_in_after_a_sign_out_is_still_a_sign_out,
    a_failed_renewal_and_a_failed_sign_out_are_carried_out,
    a_failed_regeneration_leaves_nothing_of_before_nor_of_itself,
    an_error_of_an_inner_middleware_is_a_failure_and_carries_the_cookie,
    an_error_of_an_inner_middleware_that_read_the_session_varies_by_cookie,
);

async fn a_failed_handler_saves_nothing_and_says_nothing(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    let reply = browser.get("/put:color=red/500").await;
    assert!(reply.set_cookies().is_empty());
    assert_eq!(store.sessions().await, 0);
    browser.get("/put:color=red").await;
    browser.get("/put:color=blue/idle:60/503").await.assert_status(503);
    assert_eq!(browser.get("/get:color/left").await.body, "red 1209599");
}

async fn on_error_save_saves_in_spite_of_the_failure(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).on_error(OnError::Save)).await;
    browser.get("/login:ann/put:color=red/500").await.assert_status(500);
    assert_eq!(browser.get("/owner/get:color").await.body, "ann red");
}

async fn a_refusal_that_is_the_visitors_fault_is_no_failure(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red/422").await.assert_status(422);
    browser.get("/put:size=8/303").await.assert_status(303);
    assert_eq!(browser.get("/get:color/get:size").await.body, "red 8");
}

async fn a_failed_sign_in_signs_nobody_in(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    assert!(browser.get("/login:ann/500").await.set_cookies().is_empty());
    assert_eq!(store.sessions().await, 0);
    browser.get("/put:color=red").await;
    let before = browser.cookie(SID);
    assert_eq!(browser.get("/login:ann/put:color=blue/500").await.set_cookies().len(), 1);
    assert_ne!(browser.cookie(SID), before, "the old id is left in any case");
    assert_eq!(browser.get("/owner/get:color").await.body, "none red");
}

async fn a_failed_sign_in_signs_nobody_in_even_where_every_visitor_gets_a_row(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).save_uninitialized(true)).await;
    browser.get("/login:ann/500").await.assert_status(500);
    assert_eq!(browser.get("/owner/proved").await.body, "none none");
}

async fn a_failed_sign_in_keeps_a_browser_session_a_browser_session(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red/brief:600").await;
    let reply = browser.get("/login:ann/500").await;
    assert_eq!((reply.set_cookies().len(), max_age(&reply)), (1, None));
}

async fn a_failed_sign_in_after_a_sign_out_is_still_a_sign_out(store: Counted<impl Shelf>) {
    for ended in ["logout", "regenerate"] {
        let browser = visit(over(&store)).await;
        browser.get("/login:ann/put:color=red").await;
        browser.get(&format!("/{ended}/login:bob/500")).await.assert_status(500);
        assert_eq!(browser.get("/owner/get:color").await.body, "none none", "{ended}");
    }
}

async fn a_failed_renewal_and_a_failed_sign_out_are_carried_out(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let before = browser.cookie(SID).expect("a cookie").value;
    browser.get("/renew/put:color=blue/500").await;
    let thief = browser.another();
    thief.set_cookie(SID, &before);
    assert_eq!(thief.get("/get:color").await.body, "none");
    assert_eq!(browser.get("/get:color").await.body, "red");
    assert_eq!(max_age(&browser.get("/logout/500").await), Some(0));
    assert_eq!(store.sessions().await, 0);
}

async fn a_failed_regeneration_leaves_nothing_of_before_nor_of_itself(store: Counted<impl Shelf>) {
    for page in ["/regenerate/500", "/regenerate/put:color=blue/500", "/put:size=8/regenerate/500"] {
        for everybody_has_a_row in [false, true] {
            let browser = visit(over(&store).save_uninitialized(everybody_has_a_row)).await;
            browser.get("/login:ann/put:color=red").await;
            browser.get(page).await.assert_status(500);
            assert_eq!(browser.get("/owner/get:color/get:size").await.body, "none none none", "{page}");
        }
    }
}

/// Asks for the session and, on `/broken` and `/missing`, turns the request away with an `Err`.
async fn turnstile(
    session: Session,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match request.path() {
        "/broken" => {
            session.insert("color", "blue")?;
            session.renew()?;
            Err(ErrorInternalServerError("broken"))
        }
        "/missing" => Err(ErrorImATeapot("not for you")),
        "/counted" => {
            session.insert("color", "green")?;
            Err(ErrorBadRequest("try again"))
        }
        _ => next.call(request).await,
    }
}

async fn behind_a_turnstile(store: &impl Shelf) -> Browser {
    let sessions = over(store).build().expect("the defaults work");
    Browser::new(App::new().wrap(from_fn(turnstile)).wrap(sessions).configure(pages)).await
}

async fn an_error_of_an_inner_middleware_is_a_failure_and_carries_the_cookie(store: Counted<impl Shelf>) {
    let browser = behind_a_turnstile(&store).await;
    browser.get("/put:color=red").await;
    let before = browser.cookie(SID);
    let reply = browser.get("/broken").await;
    reply.assert_status(500);
    assert_eq!(reply.body, "broken");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_ne!(browser.cookie(SID), before);
    browser.get("/counted").await.assert_status(400);
    assert_eq!(browser.get("/get:color").await.body, "red");
}

async fn an_error_of_an_inner_middleware_that_read_the_session_varies_by_cookie(store: Counted<impl Shelf>) {
    let browser = behind_a_turnstile(&store).await;
    let reply = browser.get("/missing").await;
    reply.assert_status(418);
    assert_eq!((reply.body.as_str(), reply.header("vary")), ("not for you", Some("Cookie")));
}

#[actix_web::test]
async fn an_error_before_anybody_asked_is_passed_on_untouched() {
    let store = crate::story::counted_memory();
    let sessions = over(&store).build().expect("the defaults work");
    let refuse = |_: ServiceRequest, _: Next<actix_web::body::BoxBody>| async {
        Err::<ServiceResponse, Error>(ErrorImATeapot("closed"))
    };
    let app = App::new().wrap(from_fn(refuse)).wrap(sessions).route("/", web::get().to(|| async { "" }));
    let reply = Browser::new(app).await.get("/").await;
    reply.assert_status(418);
    assert_eq!((reply.header("vary"), reply.set_cookies().len()), (None, 0));
}
