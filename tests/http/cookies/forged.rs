//! Whatever an attacker, a proxy or an old application sends under our name: an anonymous visitor.

use actix_pg_session::test_util::{Browser, Reply};
use actix_web::http::header::HeaderValue;
use actix_web::test::TestRequest;

use crate::story::{OTHER_SECRET, SECRET, SID, counted_memory, encoded, over, signed, visit};

const ID: &str = "an-id-that-is-long-enough-to-be-a-secret-one";

/// Sends the bytes as the cookie's value.
async fn send(browser: &Browser, page: &str, value: &[u8]) -> Reply {
    let cookie = [SID.as_bytes(), b"=", value].concat();
    let cookie = HeaderValue::from_bytes(&cookie).expect("a header");
    browser.another().send(TestRequest::get().uri(page).insert_header(("cookie", cookie))).await
}

fn forgeries() -> Vec<(&'static str, Vec<u8>)> {
    let good = signed(ID, SECRET);
    let (_, mac) = good.rsplit_once('.').expect("an id and a mac");
    let texts: Vec<(&str, String)> = vec![
        ("nothing", String::new()),
        ("a prefix", "s:".into()),
        ("a prefix and a dot", "s:.".into()),
        ("an empty id, rightly signed", signed("", SECRET)),
        ("a NUL in an id, rightly signed", encoded(&signed(&format!("{ID}\0"), SECRET))),
        ("an id beyond the longest, rightly signed", signed(&"i".repeat(257), SECRET)),
        ("an id alone", ID.into()),
        ("an id and no mac", format!("s:{ID}")),
        ("an id and an empty mac", format!("s:{ID}.")),
        ("a mac alone", format!("s:.{mac}")),
        ("no s:", good[2..].into()),
        ("another prefix", format!("j:{}", &good[2..])),
        ("an upper-case prefix", format!("S:{}", &good[2..])),
        ("another's secret", signed(ID, OTHER_SECRET)),
        ("no secret", signed(ID, "")),
        ("the digest as id", signed(&crate::story::digest_hex(ID), OTHER_SECRET)),
        ("padding", format!("{good}=")),
        ("more after the mac", format!("{good}.{mac}")),
        ("a space in front", format!("%20{good}")),
        ("encoded twice", encoded(&encoded(&good))),
        ("half a quote", format!("\"{}", encoded(&good))),
        ("a broken escape", "%".into()),
        ("a NUL", "%00".into()),
        ("no UTF-8, encoded", format!("%FF{}", encoded(&good))),
        ("five thousand bytes", "x".repeat(5000)),
        ("five thousand escapes", "%73".repeat(5000)),
        ("a hundred thousand dots", ".".repeat(100_000)),
        ("JSON", r#"j:{"id":1}"#.into()),
        ("SQL", "s:' or 1=1 --.x".into()),
    ];
    let mut forgeries: Vec<_> = texts.into_iter().map(|(what, text)| (what, text.into_bytes())).collect();
    forgeries.push(("no UTF-8", b"s:\xff\xfe.\xc0\x80".to_vec()));
    forgeries.push(("no UTF-8 behind a good one", [good.as_bytes(), b"\xff"].concat()));
    forgeries
}

#[actix_web::test]
async fn a_forgery_is_an_anonymous_visitor_and_costs_nothing() {
    let store = counted_memory();
    let browser = visit(over(&store)).await;
    for (what, value) in forgeries() {
        let reply = send(&browser, "/get:color/owner/handle", &value).await;
        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (200, "none none none"), "{what}");
        assert!(reply.set_cookies().is_empty(), "{what}");
        assert_eq!(store.all_calls(), 0, "{what}");
    }
    for (what, value) in forgeries() {
        let reply = send(&browser, "/logout", &value).await;
        assert_eq!(reply.set_cookies().len(), 1, "{what}: a sign-out clears it away");
        assert_eq!(store.all_calls(), 0, "{what}");
    }
}

#[actix_web::test]
async fn a_forgery_that_stores_something_gets_an_id_of_our_making() {
    let store = counted_memory();
    let browser = visit(over(&store)).await;
    for (what, value) in forgeries() {
        let reply = send(&browser, "/put:color=red", &value).await;
        let lines = reply.set_cookies();
        assert_eq!(lines.len(), 1, "{what}");
        assert!(!lines[0].contains(ID), "{what}");
    }
}

/// A cookie of a session that lives.
async fn genuine(browser: &Browser) -> String {
    let mine = browser.another();
    mine.get("/put:color=red").await;
    mine.cookie(SID).expect("a cookie").value
}

#[actix_web::test]
async fn no_prefix_of_a_genuine_cookie_is_accepted() {
    let store = counted_memory();
    let browser = visit(over(&store)).await;
    let value = genuine(&browser).await;
    let before = store.all_calls();
    for end in 0..value.len() {
        assert_eq!(send(&browser, "/get:color", &value.as_bytes()[..end]).await.body, "none", "{end} bytes");
    }
    assert_eq!(store.all_calls(), before);
}

#[actix_web::test]
async fn no_genuine_cookie_with_one_other_character_is_accepted() {
    let store = counted_memory();
    let browser = visit(over(&store)).await;
    let value = genuine(&browser).await;
    let before = store.all_calls();
    for at in 0..value.len() {
        for other in b"AZaz059-_.:%+/=" {
            let mut forged = value.clone().into_bytes();
            if std::mem::replace(&mut forged[at], *other) == *other {
                continue;
            }
            let decoded: Vec<u8> = percent_encoding::percent_decode(&forged).collect();
            if decoded == percent_encoding::percent_decode_str(&value).collect::<Vec<u8>>() {
                continue; // %2f for %2F is the same cookie.
            }
            assert_eq!(send(&browser, "/get:color", &forged).await.body, "none", "{other} at {at}");
        }
    }
    assert_eq!(store.all_calls(), before);
}

#[actix_web::test]
async fn a_genuine_cookie_is_accepted_however_it_was_written_on_the_way() {
    let store = counted_memory();
    let browser = visit(over(&store)).await;
    let value = genuine(&browser).await;
    let plain = percent_encoding::percent_decode_str(&value).decode_utf8().expect("text").into_owned();
    let every_byte: String = plain.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for spelling in [
        value.clone(),
        plain.clone(),
        encoded(&plain),
        every_byte,
        value.replace("%3A", "%3a").replace("%2F", "%2f").replace("%2B", "%2b"),
        format!("\"{value}\""),
        format!("\"{plain}\""),
        format!(" {value} "),
        format!("{value}; other=1"),
        format!("{value};"),
    ] {
        let reply = send(&browser, "/get:color", spelling.as_bytes()).await;
        assert_eq!((reply.body.as_str(), reply.set_cookies().len()), ("red", 0), "{spelling}");
    }
}

#[actix_web::test]
async fn a_cookie_of_a_similar_name_is_not_ours() {
    let store = counted_memory();
    let browser = visit(over(&store)).await;
    let value = genuine(&browser).await;
    let before = store.all_calls();
    for name in
        ["__host-sid", "__HOST-SID", "x__Host-sid", "__Host-sid2", "sid", "__Host-sid%20", "$__Host-sid"]
    {
        let request =
            TestRequest::get().uri("/get:color").insert_header(("cookie", format!("{name}={value}")));
        assert_eq!(browser.another().send(request).await.body, "none", "{name}");
    }
    assert_eq!(store.all_calls(), before);
}
