//! `id_generator`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_pg_session::SessionMiddlewareBuilder;
use actix_pg_session::test_util::Op;

use crate::story::{
    Counted, SECRET, SID, Shelf, anywhere, encoded, on_both_stores, over, pair, signed, visit,
};

on_both_stores!(
    ids_come_from_the_generator_and_may_hold_any_character_but_nul,
    an_id_that_is_taken_is_drawn_again,
    a_generator_that_repeats_itself_fails_and_the_first_session_is_untouched,
    a_sign_in_that_draws_its_own_old_id_is_no_new_id,
);

/// Draws these ids in turn, and the last for ever.
fn drawing(sessions: SessionMiddlewareBuilder, ids: Vec<String>) -> SessionMiddlewareBuilder {
    let next = Arc::new(AtomicUsize::new(0));
    sessions.id_generator(move || {
        let at = next.fetch_add(1, Ordering::Relaxed).min(ids.len() - 1);
        ids[at].clone()
    })
}

fn id(letter: &str) -> String {
    letter.repeat(32)
}

async fn ids_come_from_the_generator_and_may_hold_any_character_but_nul(store: Counted<impl Shelf>) {
    let odd = "a.b;c,d=e f\"g%41\\h\u{e9}\n.s:\u{1F980}-----".to_owned();
    let browser = visit(drawing(over(&store), vec![odd.clone(), "x".repeat(256)])).await;
    let lines = browser.get("/put:color=red").await.set_cookies();
    let sent = pair(&lines[0]).strip_prefix("__Host-sid=").expect("our cookie").to_owned();
    let decoded = percent_encoding::percent_decode_str(&sent).decode_utf8().expect("text").into_owned();
    assert_eq!(decoded, signed(&odd, SECRET));
    assert_eq!(browser.get("/get:color").await.body, "red");
    browser.get("/renew").await;
    assert_eq!(browser.get("/get:color").await.body, "red");
}

#[actix_web::test]
async fn an_id_that_cannot_be_a_secret_is_a_500_and_no_cookie() {
    for (bad, says) in [("", "0 bytes"), (&id("a")[1..], "31 bytes"), (&"a".repeat(257), "257 bytes")] {
        let browser = visit(drawing(anywhere(), vec![bad.to_owned()])).await;
        let reply = browser.get("/put:color=red").await;
        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (500, ""), "{says}");
        assert!(reply.set_cookies().is_empty());
        browser.get("/put:color=red/save").await.assert_status(500);
    }
    let browser = visit(drawing(anywhere(), vec![format!("{}\0", id("a"))])).await;
    browser.get("/put:color=red").await.assert_status(500);
}

async fn an_id_that_is_taken_is_drawn_again(store: Counted<impl Shelf>) {
    let ids = ["a", "a", "b", "a", "b", "c"].map(id).to_vec();
    let browser = visit(drawing(over(&store), ids)).await;
    browser.get("/put:color=red").await;
    let second = browser.another();
    second.get("/put:color=blue").await.assert_status(200);
    assert_eq!(store.calls(Op::Create), 3);
    second.get("/login:ann").await.assert_status(200);
    assert_eq!(store.calls(Op::Renew), 3);
    assert_eq!(browser.get("/get:color/owner").await.body, "red none");
    assert_eq!(second.get("/get:color/owner").await.body, "blue ann");
}

async fn a_generator_that_repeats_itself_fails_and_the_first_session_is_untouched(
    store: Counted<impl Shelf>,
) {
    let browser = visit(drawing(over(&store), vec![id("a")])).await;
    browser.get("/login:ann/put:color=red").await.assert_status(200);
    let thief = browser.another();
    for page in ["/put:color=blue", "/login:bob", "/put:size=8/save"] {
        let reply = thief.get(page).await;
        reply.assert_status(500);
        assert!(reply.set_cookies().is_empty());
    }
    assert_eq!(browser.get("/get:color/owner").await.body, "red ann");
    assert_eq!(store.sessions().await, 1);
}

/// A sign-in must leave the id behind that somebody may have planted.
async fn a_sign_in_that_draws_its_own_old_id_is_no_new_id(store: Counted<impl Shelf>) {
    let browser = visit(drawing(over(&store), vec![id("a")])).await;
    browser.get("/put:color=red").await;
    for page in ["/login:ann", "/renew", "/regenerate"] {
        browser.get(page).await.assert_status(500);
    }
    assert_eq!(browser.cookie(SID).expect("a cookie").value, encoded_as_sent(&id("a")));
    assert_eq!(browser.get("/owner/get:color").await.body, "none red");
    let browser = visit(drawing(over(&store), vec![id("b"), id("b"), id("c")])).await;
    browser.get("/put:color=red").await;
    browser.get("/login:ann").await.assert_status(200);
    assert_eq!(browser.cookie(SID).expect("a cookie").value, encoded_as_sent(&id("c")));
}

/// As `encodeURIComponent` writes a signed id of letters.
fn encoded_as_sent(id: &str) -> String {
    encoded(&signed(id, SECRET)).replace("%2E", ".")
}
