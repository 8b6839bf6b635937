//! After the head of the response has been sent.

use actix_pg_session::SessionExt;
use actix_pg_session::test_util::Browser;
use actix_pg_session::{Session, SessionError};
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpResponse, Result, web};
use futures_util::stream::once;

use crate::story::{Counted, Shelf, on_both_stores, over, pages};

on_both_stores!(
    every_verb_that_changes_something_says_that_it_is_too_late,
    what_the_handler_stored_can_still_be_read,
    a_middleware_outside_sees_what_the_handler_did,
);

/// A response whose body is computed after its head has been sent.
fn later(said: impl Future<Output = String> + 'static) -> HttpResponse {
    HttpResponse::Ok().streaming(once(async move { Ok::<_, Error>(Bytes::from(said.await)) }))
}

async fn site(store: &impl Shelf) -> Browser {
    let sessions = over(store).build().expect("the defaults work");
    let app = App::new()
        .wrap(sessions)
        .wrap(from_fn(log_owner))
        .route("/late", web::get().to(async |session: Session| later(attempts(session))))
        .route("/read", web::get().to(read_late))
        .configure(pages);
    Browser::new(app).await
}

async fn attempts(session: Session) -> String {
    let attempts: Vec<(&str, Result<(), SessionError>)> = vec![
        ("insert", session.insert("color", "blue")),
        ("update", session.update("color", |text: String| text)),
        ("update_or", session.update_or("n", 1, |n: u32| n + 1)),
        ("remove", session.remove("color").map(drop)),
        ("take", session.take::<String>("color").map(drop)),
        ("clear", session.clear()),
        ("login", session.login("ann")),
        ("logout", session.logout()),
        ("purge", session.purge()),
        ("renew", session.renew()),
        ("regenerate", session.regenerate()),
        ("unset", session.unset()),
        ("touch", session.touch()),
        ("save", session.save().await),
        ("reload", session.reload().await.map(drop)),
    ];
    let late = |result: &Result<(), SessionError>| result.as_ref().is_err_and(SessionError::is_sealed);
    let missed: Vec<_> = attempts.iter().filter(|(_, result)| !late(result)).map(|(verb, _)| *verb).collect();
    format!("{missed:?}")
}

async fn every_verb_that_changes_something_says_that_it_is_too_late(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    browser.get("/put:color=red").await;
    assert_eq!(browser.get("/late").await.body, "[]");
    assert_eq!(browser.get("/get:color/owner/has:n").await.body, "red none false");
    assert_eq!(browser.another().get("/late").await.body, "[\"take\"]", "there was nothing to take");
}

async fn read_late(session: Session) -> Result<HttpResponse> {
    session.login("ann")?;
    session.insert("color", "blue")?;
    session.remove("size")?;
    Ok(later(async move {
        let color = session.get::<String>("color").ok().flatten();
        format!("{:?} {:?} {} {:?}", session.owner(), color, session.contains_key("size"), session.entries())
    }))
}

async fn what_the_handler_stored_can_still_be_read(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    let expected = r#"Some("ann") Some("blue") false {"color": "\"blue\""}"#;
    assert_eq!(browser.get("/read").await.body, expected);
    browser.get("/put:color=red/put:size=8").await;
    assert_eq!(browser.get("/read").await.body, expected);
}

/// An access log that names the visitor.
async fn log_owner(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let owner = response.get_session().ok().and_then(|session| session.owner());
    if let Some(owner) = owner {
        let owner = owner.parse().expect("a name");
        response.headers_mut().insert("x-owner".parse().expect("a name"), owner);
    }
    Ok(response)
}

async fn a_middleware_outside_sees_what_the_handler_did(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    assert_eq!(browser.get("/login:ann").await.header("x-owner"), Some("ann"));
    assert_eq!(browser.get("/login:bob").await.header("x-owner"), Some("bob"));
    assert_eq!(browser.get("/login:eve/500").await.header("x-owner"), Some("bob"));
    assert_eq!(browser.get("/logout").await.header("x-owner"), None);
}
