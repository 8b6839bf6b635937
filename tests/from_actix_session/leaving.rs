//! The change of imports: our middleware over rows that actix-session's has left, and its cookies.

use actix_identity::IdentityMiddleware;
use actix_pg_session::test_util::Browser;
use actix_pg_session::{ActixSessionCookie, Session, SessionMiddleware, SessionMiddlewareBuilder};
use actix_session::config::{CookieContentSecurity, SessionMiddlewareBuilder as TheirBuilder};
use actix_session::storage::CookieSessionStore;
use actix_web::cookie::Key;
use actix_web::{App, Responder, Result, web};

use crate::places::{InPostgres, Kept, Place as _, with_a_cache_and_without};
use crate::site::{COOKIE, Visitor, key, site, visitor};
use crate::support::site::SECRET;

with_a_cache_and_without! {
    nobody_is_signed_out_by_the_change_of_imports
    a_signed_cookie_is_read_as_well_as_an_encrypted_one
    our_cookie_comes_with_the_first_response_and_theirs_is_read_no_more
    a_sign_out_here_ends_the_session_of_the_old_cookie
    a_sign_in_here_leaves_nothing_to_the_old_cookie
    a_cookie_under_another_key_or_name_is_none
    a_cookie_of_a_session_that_has_ended_is_a_stranger_s
}

async fn look(session: Session) -> Result<String> {
    let cart: Option<u32> = session.get("cart")?;
    let owner = session.owner();
    Ok(format!("{} {}", owner.as_deref().unwrap_or("-"), cart.unwrap_or(0)))
}

async fn add(session: Session) -> Result<impl Responder> {
    session.update_or("cart", 1_u32, |n| n + 1)?;
    Ok("")
}

async fn login(session: Session) -> Result<impl Responder> {
    session.login("ann")?;
    Ok("")
}

async fn logout(session: Session) -> Result<impl Responder> {
    session.logout()?;
    Ok("")
}

/// The application after the change of imports.
async fn ours<S: Kept>(
    place: &InPostgres<S>,
    set: impl FnOnce(SessionMiddlewareBuilder) -> SessionMiddlewareBuilder,
) -> Browser {
    let sessions = set(SessionMiddleware::builder(place.kept(), SECRET)).build().expect("good options");
    let app = App::new()
        .wrap(sessions)
        .route("/", web::get().to(look))
        .route("/add", web::post().to(add))
        .route("/login", web::post().to(login))
        .route("/logout", web::post().to(logout));
    Browser::new(app).await
}

/// A browser that takes its old cookie along.
fn takes_along(new: &Browser, old: &Visitor) -> Browser {
    let browser = new.another();
    browser.set_cookie(COOKIE, &old.cookie().expect("a cookie"));
    browser
}

fn theirs() -> ActixSessionCookie {
    ActixSessionCookie::private(COOKIE, key())
}

async fn nobody_is_signed_out_by_the_change_of_imports(place: InPostgres<impl Kept>) {
    let before = visitor(&place).await;
    before.does("login ann; set cart 3").await;
    let after = ours(&place, |sessions| sessions.accept_actix_session(theirs())).await;
    let ann = takes_along(&after, &before);
    assert_eq!(ann.get("/").await.body, "ann 3");
    ann.post("/add").await.assert_status(200);
    assert_eq!(ann.get("/").await.body, "ann 4");
    assert_eq!(place.sessions().await, 1);
    // Processes with the imports of before go on beside it, as during a deployment.
    assert_eq!(before.does("me; count cart").await, "ann\n5");
    assert_eq!(ann.get("/").await.body, "ann 5");
}

async fn a_signed_cookie_is_read_as_well_as_an_encrypted_one(place: InPostgres<impl Kept>) {
    let signed = |sessions: TheirBuilder<_>| sessions.cookie_content_security(CookieContentSecurity::Signed);
    let before = site(place.store(), signed, IdentityMiddleware::default()).await;
    before.does("login ann").await;
    let accepted = ActixSessionCookie::signed(COOKIE, key());
    let after = ours(&place, |sessions| sessions.accept_actix_session(accepted)).await;
    assert_eq!(takes_along(&after, &before).get("/").await.body, "ann 0");
    let wrong = ours(&place, |sessions| sessions.accept_actix_session(theirs())).await;
    assert_eq!(takes_along(&wrong, &before).get("/").await.body, "- 0");
}

async fn our_cookie_comes_with_the_first_response_and_theirs_is_read_no_more(place: InPostgres<impl Kept>) {
    let before = visitor(&place).await;
    before.does("set cart 3").await;
    let after = ours(&place, |sessions| sessions.accept_actix_session(theirs())).await;
    let ann = takes_along(&after, &before);
    let reply = ann.get("/").await;
    assert!(reply.set_cookies()[0].starts_with("__Host-sid="), "{:?}", reply.set_cookies());
    assert!(ann.get("/").await.set_cookies().is_empty());
    ann.set_cookie(COOKIE, "anything");
    assert_eq!(ann.get("/").await.body, "- 3");
}

async fn a_sign_out_here_ends_the_session_of_the_old_cookie(place: InPostgres<impl Kept>) {
    let before = visitor(&place).await;
    before.does("login ann; set cart 3").await;
    let after = ours(&place, |sessions| sessions.accept_actix_session(theirs())).await;
    let ann = takes_along(&after, &before);
    ann.post("/logout").await.assert_status(200);
    assert_eq!(ann.get("/").await.body, "- 0");
    assert_eq!(takes_along(&after, &before).get("/").await.body, "- 0");
    assert_eq!(before.does("me; get cart").await, "-\n-");
    assert_eq!(place.sessions().await, 0);
}

async fn a_sign_in_here_leaves_nothing_to_the_old_cookie(place: InPostgres<impl Kept>) {
    let before = visitor(&place).await;
    before.does("set cart 3").await;
    let after = ours(&place, |sessions| sessions.accept_actix_session(theirs())).await;
    let ann = takes_along(&after, &before);
    ann.post("/login").await.assert_status(200);
    assert_eq!(ann.get("/").await.body, "ann 3");
    assert_eq!(takes_along(&after, &before).get("/").await.body, "- 0");
}

async fn a_cookie_under_another_key_or_name_is_none(place: InPostgres<impl Kept>) {
    let before = visitor(&place).await;
    before.does("login ann").await;
    let other_key = ActixSessionCookie::private(COOKIE, Key::from(&[8; 64]));
    let other_name = ActixSessionCookie::private("other", key());
    for accepted in [Some(other_key), Some(other_name), None] {
        let after = ours(&place, |sessions| match accepted {
            Some(cookie) => sessions.accept_actix_session(cookie),
            None => sessions,
        })
        .await;
        let ann = takes_along(&after, &before);
        ann.set_cookie("other", &before.cookie().expect("a cookie"));
        assert_eq!(ann.get("/").await.body, "- 0");
    }
}

async fn a_cookie_of_a_session_that_has_ended_is_a_stranger_s(place: InPostgres<impl Kept>) {
    let before = visitor(&place).await;
    before.does("login ann").await;
    place.in_psql("delete from sessions").await;
    let after = ours(&place, |sessions| sessions.accept_actix_session(theirs())).await;
    let ann = takes_along(&after, &before);
    assert_eq!(ann.get("/").await.body, "- 0");
    ann.post("/add").await.assert_status(200);
    assert_eq!(ann.get("/").await.body, "- 1");
    assert_ne!(ann.cookie("__Host-sid"), None);
}

#[actix_web::test]
async fn a_cookie_that_holds_its_session_itself_names_none_of_ours() {
    async fn fill(session: actix_session::Session) -> impl Responder {
        session.insert("text", "x".repeat(400)).expect("a text");
        ""
    }
    let theirs_app = App::new()
        .wrap(actix_session::SessionMiddleware::new(CookieSessionStore::default(), key()))
        .default_service(web::to(fill));
    let before = Browser::new(theirs_app).await;
    before.get("/").await.assert_status(200);
    let place = crate::places::in_batches().await;
    let after = ours(&place, |sessions| sessions.accept_actix_session(theirs())).await;
    after.set_cookie(COOKIE, &before.cookie(COOKIE).expect("a cookie").value);
    assert_eq!(after.get("/").await.body, "- 0");
}
