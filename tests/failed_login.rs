//! A sign-in that fails leaves the session what it was, under a new id.

use std::time::Duration;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{Lifetime, MemoryStore, Session, SessionMiddleware};
use actix_web::{App, HttpResponse, Result, web};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn until_the_browser_closes(session: Session) -> Result<&'static str> {
    session.insert("seen", true)?;
    session.set_lifetime(Lifetime::new(DAY, DAY).until_browser_closes())?;
    Ok("")
}

async fn fail_to_sign_in(session: Session) -> Result<HttpResponse> {
    session.login("ann")?;
    Ok(HttpResponse::InternalServerError().finish())
}

#[actix_web::test]
async fn a_failed_login_leaves_the_cookie_without_a_lifetime_without_one() {
    let sessions = SessionMiddleware::builder(MemoryStore::new(), "a secret for tests, 32 bytes or more")
        .build()
        .unwrap();
    let app = App::new()
        .wrap(sessions)
        .route("/", web::get().to(until_the_browser_closes))
        .route("/login", web::post().to(fail_to_sign_in));
    let browser = Browser::new(app).await;
    browser.get("/").await.assert_status(200);
    let before = browser.cookie("__Host-sid").unwrap();
    assert_eq!(before.max_age, None);

    browser.post("/login").await.assert_status(500);
    let after = browser.cookie("__Host-sid").unwrap();
    assert_ne!(after.value, before.value);
    assert_eq!(after.max_age, None);
}
