//! What a reply says of the cookie, and what handlers are told of ids and lifetimes.

use std::time::Duration;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{OnError, Session, SessionMiddleware};
use actix_web::{App, HttpResponse, web};

use crate::counter::{HOUR, SID, ask, node_sets, on, sid, store, table, visitor};
use crate::support;
use crate::support::site::SECRET;

/// Step 2 of docs/express.md: the table stays, `express_defaults` goes.
#[actix_web::test]
async fn a_secure_cookie_stays_secure_under_the_crate_s_own_defaults() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET).name("connect.sid").build();
    let browser = on(sessions.expect("the defaults go together")).await;
    let first = browser.get("/?set=a:1").await.set_cookies().remove(0);
    assert!(first.contains("; Secure") && first.contains("; SameSite=Lax"), "first: {first}");
    let second = browser.get("/?set=a:2").await.set_cookies().remove(0);
    assert!(second.contains("; Secure") && second.contains("; SameSite=Lax"), "second: {second}");
}

/// Invariant 10 of docs/design.md: a cookie is only set by a response whose own write found the session
/// alive. `rolling`, with touches as rare as docs/express.md says they may be.
#[actix_web::test]
async fn a_slow_reply_does_not_put_a_dead_id_over_a_new_one() {
    let pool = table("").await;
    let gate = web::Data::new(support::gate::Gate::default());
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .resave(false)
        .rolling(true)
        .max_age(HOUR)
        .touch_after(0.1, Duration::from_secs(300))
        .build();
    let app = App::new()
        .app_data(gate.clone())
        .wrap(sessions.expect("the options go together"))
        .configure(support::script::routes);
    let browser = Browser::new(app).await;
    browser.get("/?set=a:1").await.assert_status(200);
    let slow = actix_web::rt::spawn(browser.get("/?wait"));
    gate.wait_for(1).await;
    browser.get("/?login=ann").await.assert_status(200);
    let signed_in = sid(&browser);
    gate.open(1);
    let late = slow.await.expect("a reply");
    assert_eq!(sid(&browser), signed_in, "the late reply set {:?}", late.set_cookies());
}

/// The same request under the crate's own habits keeps its cookie (`cookie_owed`).
#[actix_web::test]
async fn a_session_that_was_saved_by_hand_is_not_lost_when_the_handler_then_fails() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .save_uninitialized(false)
        .on_error(OnError::Drop)
        .build();
    let browser = on(sessions.expect("the options go together")).await;
    let reply = browser.get("/?set=a:1&save&fail=500").await;
    assert_eq!(ask::<i64>(&pool, "select count(*) from session").await, 1);
    assert_eq!(reply.set_cookies().len(), 1, "the row is there, and nobody knows its id");
}

thread_local! {
    static KEPT: std::cell::RefCell<Option<Session>> = const { std::cell::RefCell::new(None) };
}

#[actix_web::test]
async fn the_id_that_is_told_after_the_response_is_the_session_s() {
    async fn page(session: Session) -> actix_web::Result<HttpResponse> {
        session.insert("a", 1)?;
        KEPT.set(Some(session));
        Ok(HttpResponse::Ok().finish())
    }
    let pool = table("").await;
    let build =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().build().expect("built");
    let browser = Browser::new(App::new().wrap(build).route("/", web::get().to(page))).await;
    browser.get("/").await.assert_status(200);
    let told = KEPT.take().expect("a session").session_id();
    assert!(told.as_ref().is_err() || told.as_deref().ok() == Some(&*sid(&browser)), "{told:?}");
}

#[actix_web::test]
async fn after_destroy_the_id_is_still_the_one_that_was() {
    async fn page(session: Session) -> actix_web::Result<HttpResponse> {
        let before = session.session_id()?;
        session.destroy()?;
        let after = session.session_id()?;
        Ok(HttpResponse::Ok().body((before == after).to_string()))
    }
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    let build =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().build().expect("built");
    let browser = Browser::new(App::new().wrap(build).route("/", web::get().to(page))).await;
    assert_eq!(visitor(&browser, SID).get("/").await.body, "true", "as req.sessionID");
}

#[actix_web::test]
async fn set_max_age_leaves_a_session_s_own_deadline_alone() {
    async fn remember(session: Session) -> actix_web::Result<HttpResponse> {
        session.insert("a", 1)?;
        session.set_lifetime(actix_pg_session::Lifetime::new(HOUR, 8 * HOUR))?;
        Ok(HttpResponse::Ok().finish())
    }
    async fn longer(session: Session) -> actix_web::Result<HttpResponse> {
        session.set_max_age(2 * HOUR)?;
        Ok(HttpResponse::Ok().finish())
    }
    let pool = table("").await;
    let build =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().build().expect("built");
    let app = App::new()
        .wrap(build)
        .route("/remember", web::get().to(remember))
        .route("/longer", web::get().to(longer));
    let browser = Browser::new(app).await;
    browser.get("/remember").await.assert_status(200);
    assert!(ask::<bool>(&pool, "select sess -> '_actix' -> 'deadline' is not null from session").await);
    browser.get("/longer").await.assert_status(200);
    assert!(ask::<bool>(&pool, "select sess -> '_actix' -> 'deadline' is not null from session").await);
}
