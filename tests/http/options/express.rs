//! `express_defaults`: the defaults of express-session.

use crate::story::{Counted, DAY, HOUR, Shelf, anywhere, cost, on_both_stores, over, pair, visit};

/// Its name of the cookie.
const CONNECT_SID: &str = "connect.sid";

on_both_stores!(
    a_visitor_who_stores_nothing_gets_a_session_until_the_browser_closes,
    every_request_loads_and_saves_the_session_though_nobody_asks,
    an_id_that_was_left_is_forgotten_at_once,
);

async fn a_visitor_who_stores_nothing_gets_a_session_until_the_browser_closes(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).express_defaults()).await;
    let cookies = browser.get("/get:color").await.set_cookies();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(pair(&cookies[0]).starts_with("connect.sid=s%3A"), "{cookies:?}");
    let mut attributes: Vec<_> = cookies[0].split("; ").skip(1).collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Path=/"]);
    assert_eq!(store.sessions().await, 1);
}

async fn every_request_loads_and_saves_the_session_though_nobody_asks(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).express_defaults()).await;
    browser.get("/put:color=red").await;
    assert_eq!(cost(&store, browser.get("/static")).await, 2);
}

async fn an_id_that_was_left_is_forgotten_at_once(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).express_defaults()).await;
    browser.get("/put:color=red").await;
    let id = browser.cookie(CONNECT_SID).expect("a cookie").value;
    browser.get("/logout").await;
    assert_eq!(browser.cookie(CONNECT_SID).expect("it stays in the browser").value, id);
    let cookies = browser.get("/get:color").await.set_cookies();
    assert_eq!(cookies.len(), 1, "a visitor as any other");
    assert!(!pair(&cookies[0]).ends_with(&id), "a dead id is not taken up again");
}

#[actix_web::test]
async fn a_lifetime_makes_the_browser_keep_the_cookie_however_often_it_is_said() {
    for sessions in [
        anywhere().express_defaults().max_age(HOUR),
        anywhere().express_defaults().max_age(DAY).max_age(HOUR),
    ] {
        let cookies = visit(sessions).await.get("/put:color=red").await.set_cookies();
        assert!(cookies[0].contains("; Expires=") && !cookies[0].contains("Max-Age"), "{cookies:?}");
    }
}
