//! Who is let in by `SignedIn` and `Recent`, and what the others are told.

use std::time::Duration;

use actix_pg_session::test_util::{FlakyStore, Op, When};
use actix_pg_session::{MemoryStore, NotSignedIn};
use actix_web::HttpResponse;

use crate::site::{cookie_of, read, visit, visit_with};
use crate::support::{elapse, store};

const MINUTE: Duration = Duration::from_secs(60);

#[actix_web::test]
async fn only_who_is_signed_in_gets_to_the_handler() {
    let browser = visit(store().await).await;
    let reply = browser.get("/account").await;
    reply.assert_status(401);
    assert_eq!((reply.header("www-authenticate"), &*reply.body), (Some("Session"), ""));
    assert_eq!(cookie_of(&reply), None, "a refusal begins no session");
    assert_eq!(reply.header("vary"), Some("Cookie"));

    read(&browser, "/set/cart").await;
    browser.get("/account").await.assert_status(401);
    read(&browser, "/login/ann").await;
    assert_eq!(read(&browser, "/account").await, "ann");
    read(&browser, "/logout").await;
    browser.get("/account").await.assert_status(401);
}

#[actix_web::test]
async fn a_sign_in_is_recent_for_as_long_as_the_handler_says() {
    let store = store().await;
    let browser = visit(store.clone()).await;
    browser.get("/vault").await.assert_status(401);
    read(&browser, "/login/ann").await;
    assert_eq!(read(&browser, "/vault").await, "ann");
    elapse(store.pool(), 9 * MINUTE).await;
    assert_eq!(read(&browser, "/vault").await, "ann");

    elapse(store.pool(), MINUTE).await;
    let reply = browser.get("/vault").await;
    reply.assert_status(401);
    let challenge = "Session error=\"insufficient_user_authentication\", max_age=\"600\"";
    assert_eq!(reply.header("www-authenticate"), Some(challenge));
    assert_eq!(read(&browser, "/account").await, "ann", "she is still signed in");
}

#[actix_web::test]
async fn reading_and_writing_are_no_authentication() {
    let store = store().await;
    let browser = visit(store.clone()).await;
    read(&browser, "/login/ann").await;
    for page in ["/set/cart", "/renew", "/account", "/devices"] {
        elapse(store.pool(), 5 * MINUTE).await;
        read(&browser, page).await;
    }
    browser.get("/vault").await.assert_status(401);
}

#[actix_web::test]
async fn to_reauthenticate_gives_a_new_id_and_keeps_owner_values_and_beginning() {
    let store = store().await;
    let browser = visit(store.clone()).await;
    read(&browser, "/login/ann").await;
    read(&browser, "/set/cart").await;
    elapse(store.pool(), 20 * MINUTE).await;
    let before: (Vec<u8>, uuid::Uuid) = row(store.pool()).await;

    let reply = browser.get("/confirm").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (200, Some("set")));
    assert_eq!(read(&browser, "/vault").await, "ann");
    assert_eq!(read(&browser, "/values").await, "cart");
    let after = row(store.pool()).await;
    assert_ne!(before.0, after.0, "the key is another");
    assert_eq!(before.1, after.1, "the handle is the same");
    let ages = "select (extract(epoch from authenticated_at - created_at) / 60)::int8 from sessions";
    assert_eq!(crate::support::count(store.pool(), ages).await, 20);
}

/// One factor may be enough to prove again who one is, and is not enough to stay for ever (NIST SP 800-63B-4 §5.2).
#[actix_web::test]
async fn to_reauthenticate_begins_the_idle_time_anew_and_to_sign_in_again_the_deadline_as_well() {
    const HOUR: i64 = 60;
    let store = store().await;
    let (browser, _) = visit_with(store.clone(), |sessions| {
        sessions.max_age(60 * MINUTE).absolute_lifetime(12 * 60 * MINUTE)
    })
    .await;
    let left = async |column: &str| {
        let sql = match column {
            "idle" => "select round(extract(epoch from expires_at - now()) / 60)::int8 from sessions",
            _ => "select round(extract(epoch from deadline - now()) / 60)::int8 from sessions",
        };
        crate::support::count(store.pool(), sql).await
    };
    read(&browser, "/login/ann").await;
    read(&browser, "/set/cart").await;
    elapse(store.pool(), 50 * MINUTE).await;
    read(&browser, "/confirm").await;
    assert_eq!((left("idle").await, left("deadline").await), (HOUR, 12 * HOUR - 50));
    elapse(store.pool(), 50 * MINUTE).await;
    read(&browser, "/login/ann").await;
    assert_eq!((left("idle").await, left("deadline").await), (HOUR, 12 * HOUR));
    assert_eq!(read(&browser, "/values").await, "cart", "and the values are still there");
}

async fn row(pool: &sqlx::PgPool) -> (Vec<u8>, uuid::Uuid) {
    sqlx::query_as("select key, id from sessions")
        .fetch_one(&crate::support::way::straight(pool))
        .await
        .expect("one row")
}

#[actix_web::test]
async fn nobody_can_reauthenticate_who_is_not_signed_in() {
    let browser = visit(store().await).await;
    browser.get("/confirm").await.assert_status(401);
    read(&browser, "/set/cart").await;
    browser.get("/confirm").await.assert_status(401);
    browser.get("/vault").await.assert_status(401);
}

#[actix_web::test]
async fn a_handler_that_fails_has_proved_nothing_and_signed_nobody_in() {
    let store = store().await;
    let browser = visit(store.clone()).await;
    read(&browser, "/login/ann").await;
    elapse(store.pool(), 20 * MINUTE).await;
    let reply = browser.get("/confirm-and-fail").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (500, Some("set")), "the id is another, though");
    browser.get("/vault").await.assert_status(401);
    browser.get("/login-and-fail/ann").await.assert_status(500);
    browser.get("/vault").await.assert_status(401);
}

#[actix_web::test]
async fn the_application_may_answer_with_a_redirect() {
    let store = store().await;
    let (browser, _) = visit_with(store.clone(), |sessions| sessions.sign_in_at("/sign-in")).await;
    for page in ["/account", "/vault"] {
        let reply = browser.get(page).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, Some("/sign-in")));
    }

    let (browser, _) = visit_with(store.clone(), |sessions| {
        sessions.on_not_signed_in(|why, request| {
            let to = match why {
                NotSignedIn::Stale { .. } => "/confirm",
                _ => "/sign-in",
            };
            HttpResponse::Forbidden().body(format!("{} wants {to}", request.path()))
        })
    })
    .await;
    assert_eq!(browser.get("/vault").await.assert_status(403).body, "/vault wants /sign-in");
    read(&browser, "/login/ann").await;
    elapse(store.pool(), 20 * MINUTE).await;
    assert_eq!(browser.get("/vault").await.assert_status(403).body, "/vault wants /confirm");
}

#[actix_web::test]
async fn a_broken_store_takes_nobody_for_a_stranger() {
    let flaky = FlakyStore::new(MemoryStore::new());
    let browser = visit(flaky.clone()).await;
    read(&browser, "/login/ann").await;
    for page in ["/account", "/vault"] {
        flaky.fail_next(Op::Load, When::Before);
        let reply = browser.get(page).await;
        assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (503, Some("1")), "{page}");
        assert_eq!(reply.body, "");
    }
    assert_eq!(read(&browser, "/account").await, "ann");
}
