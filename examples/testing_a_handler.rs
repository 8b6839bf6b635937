//! How to test handlers that use a session: no database, no sockets, no sleeping.
//!
//! The application is a small shop counter with a sign-in. The tests are below it:
//!
//! ```sh
//! cargo test --example testing_a_handler --features test-util
//! ```

use actix_pg_session::{Key, MemoryStore, Session, SessionMiddleware, SessionStore};
use actix_web::error::ErrorUnauthorized;
use actix_web::{App, HttpServer, Result, web};

const CART: Key<Vec<String>> = Key::new("cart");

async fn add(item: web::Path<String>, session: Session) -> Result<String> {
    let item = item.into_inner();
    let first = vec![item.clone()];
    session.update_or(CART, first, move |mut cart| {
        cart.push(item.clone());
        cart
    })?;
    show(session).await
}

async fn show(session: Session) -> Result<String> {
    Ok(session.get(CART)?.unwrap_or_default().join(", "))
}

async fn login(name: web::Path<String>, session: Session) -> Result<&'static str> {
    // Here you would check a password.
    session.login(name.into_inner())?;
    Ok("welcome")
}

async fn account(session: Session) -> Result<String> {
    session.owner().ok_or_else(|| ErrorUnauthorized("sign in first"))
}

async fn logout(session: Session) -> Result<&'static str> {
    session.logout()?;
    Ok("goodbye")
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/cart", web::get().to(show))
        .route("/cart/{item}", web::post().to(add))
        .route("/login/{name}", web::post().to(login))
        .route("/account", web::get().to(account))
        .route("/logout", web::post().to(logout));
}

/// The same for production and tests; only the store differs.
fn sessions(
    store: impl SessionStore,
    secret: String,
) -> Result<SessionMiddleware, actix_pg_session::ConfigError> {
    SessionMiddleware::builder(store, secret).build()
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sessions = sessions(MemoryStore::new(), std::env::var("SESSION_SECRET")?)?;
    let app = move || App::new().wrap(sessions.clone()).configure(routes);
    HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use actix_pg_session::test_util::{Browser, FlakyStore, Op, When};
    use futures_util::future::join_all;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    async fn visitor(store: impl SessionStore) -> Browser {
        let sessions = sessions(store, "a secret for tests, 32 bytes or more".into()).unwrap();
        Browser::new(App::new().wrap(sessions).configure(routes)).await
    }

    #[actix_web::test]
    async fn a_cart_is_kept_from_request_to_request_and_is_nobody_elses() {
        let ann = visitor(MemoryStore::new()).await;
        let bob = ann.another();
        ann.post("/cart/tea").await.assert_status(200);
        assert_eq!(ann.post("/cart/milk").await.body, "tea, milk");
        assert_eq!(bob.get("/cart").await.body, "");
    }

    #[actix_web::test]
    async fn looking_around_costs_no_row_and_no_cookie() {
        let store = MemoryStore::new();
        let browser = visitor(store.clone()).await;
        assert_eq!(browser.get("/cart").await.set_cookies(), [""; 0]);
        assert!(store.is_empty());
    }

    #[actix_web::test]
    async fn signing_in_keeps_the_cart_and_leaves_the_old_cookie_worthless() {
        let ann = visitor(MemoryStore::new()).await;
        ann.post("/cart/tea").await;
        let thief = ann.another();
        let stolen = ann.cookie("__Host-sid").unwrap();
        thief.set_cookie(&stolen.name, &stolen.value);
        assert_eq!(thief.get("/cart").await.body, "tea");

        ann.post("/login/ann").await.assert_status(200);
        assert_eq!(ann.get("/account").await.body, "ann");
        assert_eq!(ann.get("/cart").await.body, "tea");
        thief.get("/account").await.assert_status(401);
        assert_eq!(thief.get("/cart").await.body, "");
    }

    #[actix_web::test]
    async fn a_session_ends_after_two_weeks_without_a_visit() {
        let store = MemoryStore::new();
        let ann = visitor(store.clone()).await;
        ann.post("/login/ann").await;
        for _ in 0..3 {
            store.advance(13 * DAY);
            ann.get("/account").await.assert_status(200);
        }
        store.advance(14 * DAY);
        ann.get("/account").await.assert_status(401);
    }

    #[actix_web::test]
    async fn signing_out_takes_the_cookie_away() {
        let ann = visitor(MemoryStore::new()).await;
        ann.post("/login/ann").await;
        ann.post("/logout").await.assert_status(200);
        assert_eq!(ann.cookies(), []);
        ann.get("/account").await.assert_status(401);
    }

    #[actix_web::test]
    async fn parts_of_a_page_that_load_at_once_lose_nothing() {
        let ann = visitor(MemoryStore::new()).await;
        ann.post("/cart/tea").await;
        join_all(["/cart/milk", "/cart/sugar", "/cart/lemon"].map(|path| ann.post(path))).await;
        assert_eq!(ann.get("/cart").await.body.split(", ").count(), 4);
    }

    #[actix_web::test]
    async fn an_outage_is_a_503_and_takes_nobody_for_a_stranger() {
        let store = FlakyStore::new(MemoryStore::new());
        let ann = visitor(store.clone()).await;
        ann.post("/login/ann").await;
        store.fail(Op::Load, When::Before);
        ann.get("/account").await.assert_status(503);
        store.heal();
        assert_eq!(ann.get("/account").await.body, "ann");
    }

    #[actix_web::test]
    async fn a_request_that_was_under_way_when_its_visitor_signed_out_does_not_sign_them_in_again() {
        let store = FlakyStore::new(MemoryStore::new());
        let ann = visitor(store.clone()).await;
        ann.post("/login/ann").await;
        let saving = store.hold_next(Op::Update, When::Before);
        let slow = ann.post("/cart/tea");
        let sign_out = async {
            saving.reached().await;
            ann.post("/logout").await.assert_status(200);
            saving.open();
        };
        let (slow, ()) = futures_util::future::join(slow, sign_out).await;
        assert_eq!(slow.set_cookies(), [""; 0]);
        ann.get("/account").await.assert_status(401);
    }
}
