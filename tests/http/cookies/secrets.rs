//! Several secrets: the first signs, all verify, an old one is on its way out.

use actix_pg_session::test_util::{Browser, Op};
use actix_pg_session::{Keyring, SessionMiddleware, SessionMiddlewareBuilder};

use crate::story::{Counted, OTHER_SECRET, SECRET, SID, Shelf, on_both_stores, pair, signed, visit};

on_both_stores!(
    the_first_secret_signs,
    a_cookie_of_an_old_secret_is_signed_anew_on_its_next_response,
    a_cookie_of_an_old_secret_is_not_signed_anew_when_its_session_is_gone,
    nobody_asks_so_nothing_is_signed_anew,
    a_secret_that_was_removed_no_longer_verifies,
);

fn keyed(store: &impl Shelf, keys: impl Into<Keyring>) -> SessionMiddlewareBuilder {
    SessionMiddleware::builder(store.clone(), keys)
}

fn value(browser: &Browser) -> String {
    browser.cookie(SID).expect("a cookie").value
}

fn decoded(browser: &Browser) -> String {
    percent_encoding::percent_decode_str(&value(browser)).decode_utf8().expect("text").into_owned()
}

/// The id within a signed value.
fn id(signed: &str) -> &str {
    signed.strip_prefix("s:").and_then(|rest| rest.rsplit_once('.')).expect("a signed value").0
}

/// Moves the browser's cookies to another.
fn carry(from: &Browser, to: &Browser) {
    to.set_cookie(SID, &value(from));
}

async fn the_first_secret_signs(store: Counted<impl Shelf>) {
    let browser = visit(keyed(&store, [SECRET, OTHER_SECRET])).await;
    browser.get("/put:color=red").await;
    let sent = decoded(&browser);
    assert_eq!(sent, signed(id(&sent), SECRET));
    let browser = visit(keyed(&store, Keyring::new(OTHER_SECRET).also_accept(SECRET))).await;
    browser.get("/put:color=red").await;
    let sent = decoded(&browser);
    assert_eq!(sent, signed(id(&sent), OTHER_SECRET));
}

async fn a_cookie_of_an_old_secret_is_signed_anew_on_its_next_response(store: Counted<impl Shelf>) {
    let before = visit(keyed(&store, SECRET)).await;
    before.get("/put:color=red").await;
    let old = decoded(&before);
    let after = visit(keyed(&store, vec![OTHER_SECRET, SECRET])).await;
    carry(&before, &after);
    let reply = after.get("/get:color").await;
    assert_eq!((reply.body.as_str(), reply.set_cookies().len()), ("red", 1));
    assert_eq!(decoded(&after), signed(id(&old), OTHER_SECRET), "the same id under the new secret");
    assert!(after.get("/get:color").await.set_cookies().is_empty(), "once is enough");

    // Whatever else the request does, it is done.
    for page in ["/put:color=blue", "/renew", "/login:ann", "/touch", "/save"] {
        let before = visit(keyed(&store, SECRET)).await;
        before.get("/put:color=red").await;
        carry(&before, &after);
        let reply = after.get(page).await;
        assert_eq!(reply.set_cookies().len(), 1, "{page}");
        let sent = decoded(&after);
        assert_eq!(sent, signed(id(&sent), OTHER_SECRET), "{page}");
    }
}

async fn a_cookie_of_an_old_secret_is_not_signed_anew_when_its_session_is_gone(store: Counted<impl Shelf>) {
    let before = visit(keyed(&store, SECRET)).await;
    before.get("/put:color=red").await;
    let after = visit(keyed(&store, vec![OTHER_SECRET, SECRET])).await;
    carry(&before, &after);
    before.get("/logout").await;
    let reply = after.get("/get:color").await;
    assert_eq!((reply.body.as_str(), reply.set_cookies().len()), ("none", 0));

    // Gone between the load and the touch that the new cookie waits for.
    before.get("/put:color=red").await;
    carry(&before, &after);
    let gate = store.hold_next(Op::Touch, actix_pg_session::test_util::When::Before);
    let slow = after.get("/get:color");
    let meanwhile = async {
        gate.reached().await;
        before.get("/logout").await;
        gate.open();
    };
    let (reply, ()) = futures_util::future::join(slow, meanwhile).await;
    assert!(reply.set_cookies().is_empty());
    assert_eq!(store.sessions().await, 0);
}

async fn nobody_asks_so_nothing_is_signed_anew(store: Counted<impl Shelf>) {
    let before = visit(keyed(&store, SECRET)).await;
    before.get("/put:color=red").await;
    let after = visit(keyed(&store, vec![OTHER_SECRET, SECRET])).await;
    carry(&before, &after);
    assert!(after.get("/static").await.set_cookies().is_empty());
}

async fn a_secret_that_was_removed_no_longer_verifies(store: Counted<impl Shelf>) {
    let before = visit(keyed(&store, SECRET)).await;
    before.get("/put:color=red").await;
    let during = visit(keyed(&store, [OTHER_SECRET, SECRET])).await;
    carry(&before, &during);
    during.get("/get:color").await;
    let after = visit(keyed(&store, OTHER_SECRET)).await;
    carry(&during, &after);
    assert_eq!(after.get("/get:color").await.body, "red");
    let loads = store.calls(Op::Load);
    carry(&before, &after);
    assert_eq!(after.get("/get:color").await.body, "none");
    assert_eq!(store.calls(Op::Load), loads, "it is not even looked up");
    let lines = after.get("/put:color=blue").await.set_cookies();
    assert!(!pair(&lines[0]).contains(id(&decoded(&before))));
}
