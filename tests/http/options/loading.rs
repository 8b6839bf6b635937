//! `eager_load`, `store_timeout`, `max_data_bytes`, `record_client`, and what loading costs.

use std::time::Duration;

use actix_pg_session::test_util::{Browser, Op, When};
use actix_pg_session::{LoadSession, Session, SessionExt, SessionValue, Typed};
use actix_web::guard::{self, GuardContext};
use actix_web::test::TestRequest;
use actix_web::{App, HttpRequest, web};
use serde::{Deserialize, Serialize};

use crate::story::support;
use crate::story::{Counted, Shelf, anywhere, cost, counted_memory, on_both_stores, over, pages, visit};

on_both_stores!(
    a_handler_that_asks_nothing_costs_no_query_and_no_header,
    whoever_asks_how_often_costs_one_query,
    eager_load_costs_one_query_for_each_request_with_a_cookie,
    a_value_that_does_not_fit_is_refused_and_the_rest_is_saved,
);

async fn a_handler_that_asks_nothing_costs_no_query_and_no_header(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).rolling(true).resave(true).save_uninitialized(true)).await;
    browser.get("/put:color=red").await;
    assert_eq!(cost(&store, browser.get("/static")).await, 0);
    let reply = browser.get("/static").await;
    for header in ["set-cookie", "vary", "cache-control"] {
        assert_eq!(reply.header(header), None);
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Cart(Vec<String>);

impl SessionValue for Cart {
    const KEY: &'static str = "cart";
}

async fn whoever_asks_how_often_costs_one_query(store: Counted<impl Shelf>) {
    let sessions = over(&store).build().expect("the defaults work");
    let ask = async |one: Session, two: Session, cart: Typed<Cart>, request: HttpRequest| {
        let three = request.session().await?;
        one.insert("color", "blue")?;
        assert_eq!(two.get::<String>("color")?, three.get("color")?);
        assert_eq!(request.get_session()?.get::<String>("color")?.as_deref(), Some("blue"));
        Ok::<_, actix_web::Error>(cart.get()?.0.join(" "))
    };
    let app = App::new().wrap(sessions).route("/ask", web::get().to(ask)).configure(pages);
    let browser = Browser::new(app).await;
    browser.get("/put:color=red").await;
    browser.get("/ask").await.assert_status(200);
    assert_eq!((store.calls(Op::Load), store.calls(Op::Update)), (1, 1));
}

async fn eager_load_costs_one_query_for_each_request_with_a_cookie(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).eager_load(true)).await;
    assert_eq!(cost(&store, browser.get("/static")).await, 0, "no cookie, no query");
    browser.get("/put:color=red").await;
    assert_eq!(cost(&store, browser.get("/static")).await, 1);
    assert_eq!(cost(&store, browser.get("/get:color")).await, 1);
    assert_eq!(browser.get("/static").await.header("vary"), Some("Cookie"));
}

fn is_signed_in(context: &GuardContext<'_>) -> bool {
    context.get_session().is_ok_and(|session| session.owner().is_some())
}

#[actix_web::test]
async fn a_guard_sees_the_session_only_when_it_is_loaded_eagerly() {
    for (eager, expected) in [(true, "members"), (false, "strangers")] {
        let sessions = anywhere().eager_load(eager).build().expect("the defaults work");
        let app = App::new()
            .wrap(sessions)
            .service(
                web::resource("/club")
                    .route(web::get().guard(guard::fn_guard(is_signed_in)).to(|| async { "members" }))
                    .route(web::get().to(|| async { "strangers" })),
            )
            .configure(pages);
        let browser = Browser::new(app).await;
        assert_eq!(browser.get("/club").await.body, "strangers");
        browser.get("/login:ann").await;
        assert_eq!(browser.get("/club").await.body, expected, "eager: {eager}");
    }
}

#[actix_web::test]
async fn what_is_not_loaded_says_how_to_load_it() {
    let sessions = anywhere().build().expect("the defaults work");
    let ask =
        async |request: HttpRequest| request.get_session().map(drop).expect_err("nobody asked").to_string();
    let browser = Browser::new(App::new().wrap(sessions).route("/", web::get().to(ask))).await;
    let said = browser.get("/").await.body;
    assert!(said.contains("not loaded yet") && said.contains("eager_load"), "{said}");
}

#[actix_web::test]
async fn a_store_that_does_not_answer_in_time_is_a_503() {
    let store = counted_memory();
    let browser = visit(over(&store).store_timeout(Duration::from_millis(20))).await;
    browser.get("/put:color=red").await;
    for op in [Op::Load, Op::Update] {
        let gate = store.hold_next(op, When::Before);
        let reply = browser.get("/count:n").await;
        reply.assert_status(503);
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert!(reply.set_cookies().is_empty());
        gate.open();
    }
    assert_eq!(browser.get("/get:color").await.body, "red", "it was never anonymous");
}

async fn a_value_that_does_not_fit_is_refused_and_the_rest_is_saved(store: Counted<impl Shelf>) {
    let sessions = over(&store).max_data_bytes(100).build().expect("a limit is fine");
    let hoard = async |session: Session| {
        session.insert("small", "x")?;
        let error = session.insert("large", "y".repeat(90)).expect_err("it does not fit");
        assert!(error.is_too_large());
        session.insert("fits", "z".repeat(60))?;
        session.insert("fits", "w".repeat(60))?;
        assert!(session.insert("two", "v".repeat(30)).is_err_and(|error| error.is_too_large()));
        assert!(session.update("small", |s: String| s.repeat(60)).is_err_and(|error| error.is_too_large()));
        Ok::<_, actix_web::Error>("")
    };
    let app = App::new().wrap(sessions).route("/hoard", web::get().to(hoard)).configure(pages);
    let browser = Browser::new(app).await;
    browser.get("/hoard").await.assert_status(200);
    let kept = format!("x none {} none", "w".repeat(60));
    assert_eq!(browser.get("/get:small/get:large/get:fits/get:two").await.body, kept);
    browser.get(&format!("/put:large={}", "y".repeat(90))).await.assert_status(413);
    assert_eq!(browser.get("/get:small/get:large/get:fits/get:two").await.body, kept);
}

#[actix_web::test]
async fn record_client_keeps_address_and_browser_with_a_new_session_and_each_sign_in() {
    let store = support::store().await;
    let request = |path: &str, peer: &str, agent: &'static [u8]| {
        let agent = actix_web::http::header::HeaderValue::from_bytes(agent).expect("a header");
        let peer = peer.parse().expect("an address");
        TestRequest::get().uri(path).peer_addr(peer).insert_header(("user-agent", agent))
    };
    let seen = async || {
        let sql = "select concat_ws(' ', host(ip), user_agent) from sessions";
        sqlx::query_scalar::<_, String>(sql)
            .fetch_one(&support::way::straight(store.pool()))
            .await
            .expect("one session")
    };
    let browser = visit(over(&store)).await;
    browser.send(request("/put:color=red", "192.0.2.1:5", b"Lynx/2.9 \xff\t")).await.assert_status(200);
    assert_eq!(seen().await, "192.0.2.1 Lynx/2.9 \u{fffd}");
    browser.send(request("/put:color=blue", "192.0.2.2:5", b"Links")).await;
    assert_eq!(seen().await, "192.0.2.1 Lynx/2.9 \u{fffd}");
    browser.send(request("/login:ann", "[2001:db8::7]:5", b"Links")).await;
    assert_eq!(seen().await, "2001:db8::7 Links");
    browser.get("/logout").await;

    let browser = visit(over(&store).record_client(false)).await;
    browser.send(request("/put:color=red", "192.0.2.1:5", b"Lynx")).await;
    assert_eq!(seen().await, "");
    browser.send(request("/login:ann", "192.0.2.1:5", b"Lynx")).await;
    assert_eq!(seen().await, "");
}
