//! More than one cookie of our name: another path, a parent domain, several header lines.

use actix_pg_session::test_util::{Browser, Op};
use actix_web::test::TestRequest;

use crate::story::{Counted, OTHER_SECRET, SECRET, SID, Shelf, on_both_stores, over, signed, visit};

on_both_stores!(
    the_live_one_is_found_wherever_it_stands,
    the_first_that_lives_wins,
    the_same_cookie_twice_costs_one_query,
    a_crowd_of_dead_cookies_costs_four_queries,
    a_late_cookie_beside_a_live_one_changes_nothing,
    beside_a_genuine_one_a_forged_one_is_still_forged,
);

/// Sends these cookies of our name, those of one line joined by `; `.
async fn ask(browser: &Browser, page: &str, lines: &[&[&str]]) -> actix_pg_session::test_util::Reply {
    let mut request = TestRequest::get().uri(page);
    for line in lines {
        let pairs: Vec<_> = line.iter().map(|value| format!("{SID}={value}")).collect();
        request = request.append_header(("cookie", pairs.join("; ")));
    }
    browser.another().send(request).await
}

/// The cookie of a new session that holds this colour.
async fn painted(browser: &Browser, color: &str) -> String {
    let mine = browser.another();
    mine.get(&format!("/put:color={color}")).await;
    mine.cookie(SID).expect("a cookie").value
}

async fn the_live_one_is_found_wherever_it_stands(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    let good = painted(&browser, "red").await;
    let (forged, dead) = (signed("x", OTHER_SECRET), signed("unknown", SECRET));
    let junk = vec!["junk"; 60];
    // HTTP/2 may send a line for each cookie.
    let mut lines: Vec<&[&str]> = junk.chunks(1).take(49).collect();
    let only_good = [good.as_str()];
    lines.insert(31, &only_good);
    let tables: [&[&[&str]]; 9] = [
        &lines,
        &[&[&good, &forged]],
        &[&[&forged, &good]],
        &[&["", &good]],
        &[&[&dead, &good]],
        &[&[&dead], &[&good]],
        &[&[&forged], &[&dead, "\"\""], &[&good]],
        &[&[&good], &[&dead]],
        &[&junk, &[&good], &junk],
    ];
    for lines in tables {
        let reply = ask(&browser, "/get:color", lines).await;
        assert_eq!((reply.body.as_str(), reply.set_cookies().len()), ("red", 0), "{lines:?}");
    }
    let before = store.sessions().await;
    ask(&browser, "/put:color=blue", &[&[&dead, &forged, &good]]).await;
    assert_eq!(store.sessions().await, before, "it is the live session that is saved");
}

async fn the_first_that_lives_wins(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    let (red, blue) = (painted(&browser, "red").await, painted(&browser, "blue").await);
    assert_eq!(ask(&browser, "/get:color", &[&[&red, &blue]]).await.body, "red");
    assert_eq!(ask(&browser, "/get:color", &[&[&blue], &[&red]]).await.body, "blue");
}

async fn the_same_cookie_twice_costs_one_query(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    let dead = signed("unknown", SECRET);
    ask(&browser, "/get:color", &[&[&dead, &dead], &[&dead]]).await;
    assert_eq!(store.calls(Op::Load), 1);
}

async fn a_crowd_of_dead_cookies_costs_four_queries(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    let crowd: Vec<_> = (0..100).map(|n| signed(&format!("unknown {n}"), SECRET)).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    ask(&browser, "/get:color", &[&crowd]).await.assert_status(200);
    assert_eq!(store.calls(Op::Load), 4);
}

async fn a_late_cookie_beside_a_live_one_changes_nothing(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let old = browser.cookie(SID).expect("a cookie").value;
    browser.get("/renew").await;
    let new = browser.cookie(SID).expect("a cookie").value;
    for line in [[&*old, &*new], [&*new, &*old]] {
        assert_eq!(ask(&browser, "/get:color", &[&line]).await.body, "red");
    }
}

/// A cookie of ours opens no door to what stands beside it: each is held to its own signature.
async fn beside_a_genuine_one_a_forged_one_is_still_forged(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    let (dead, living) = (signed("unknown", SECRET), painted(&browser, "red").await);
    let (id, mac) = living.rsplit_once('.').expect("an id and a signature");
    let (_, mac_of_another) = dead.rsplit_once('.').expect("an id and a signature");
    let bare = id.trim_start_matches("s%3A");
    for forged in [
        bare.to_owned(),
        id.to_owned(),
        format!("{id}."),
        format!("{bare}.{mac}"),
        format!("{id}.{mac_of_another}"),
    ] {
        for lines in [[&*dead, &forged], [&forged, &*dead]] {
            let before = store.calls(Op::Load);
            assert_eq!(ask(&browser, "/get:color", &[&lines]).await.body, "none", "{lines:?}");
            assert_eq!(store.calls(Op::Load) - before, 1, "only the genuine one is looked up: {lines:?}");
        }
    }
}
