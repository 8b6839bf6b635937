//! What can be stored, what is refused, and that both stores agree about it.

use actix_pg_session::test_util::{Browser, Reply};
use actix_pg_session::{Session, SessionError};
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, ResponseError as _, Result, web};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::story::{Counted, Shelf, counted_memory, counted_postgres, on_both_stores, over, pages};

on_both_stores!(
    a_refused_value_leaves_the_session_as_it_was_and_the_rest_is_saved,
    a_value_of_five_mebibytes_is_refused,
    unusual_values_come_back_as_they_were,
    every_double_comes_back_as_it_was,
    unusual_names_are_names,
    an_owner_that_postgresql_could_not_index_is_refused,
);

/// Stores the body, which is JSON, beside another value.
async fn keep(session: Session, body: Bytes) -> Result<HttpResponse> {
    let value: Box<RawValue> = serde_json::from_slice(&body)?;
    session.insert("before", "kept")?;
    let kept = session.insert("value", value);
    session.insert("after", "kept too")?;
    Ok(match kept {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(error) => HttpResponse::build(error.status_code()).body(error.to_string()),
    })
}

async fn show(session: Session) -> Result<String, SessionError> {
    Ok(session.get::<Box<RawValue>>("value")?.map_or_else(|| "none".into(), |raw| raw.get().to_owned()))
}

async fn double(session: Session, bits: web::Path<u64>) -> Result<String, SessionError> {
    let before: Option<f64> = session.get("double")?;
    session.insert("double", f64::from_bits(bits.into_inner()))?;
    Ok(before.map(f64::to_bits).unwrap_or_default().to_string())
}

async fn name(session: Session, body: Bytes) -> Result<String> {
    let name = String::from_utf8(body.to_vec()).expect("a name");
    let before: Option<u32> = session.get(&name)?;
    session.update_or(&name, 1_u32, |n| n + 1)?;
    Ok(format!("{before:?}"))
}

async fn own(session: Session, body: Bytes) -> Result<String, SessionError> {
    session.insert("before", "kept")?;
    session.login(String::from_utf8_lossy(&body))?;
    Ok(String::new())
}

async fn site(store: &impl Shelf) -> Browser {
    let sessions = over(store).build().expect("the defaults work");
    let app = App::new()
        .app_data(web::PayloadConfig::new(16 << 20))
        .wrap(sessions)
        .route("/keep", web::post().to(keep))
        .route("/show", web::get().to(show))
        .route("/double/{bits}", web::get().to(double))
        .route("/name", web::post().to(name))
        .route("/own", web::post().to(own))
        .configure(pages);
    Browser::new(app).await
}

async fn post(browser: &Browser, page: &str, body: impl Into<Bytes>) -> Reply {
    browser.send(TestRequest::post().uri(page).set_payload(body)).await
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

async fn a_refused_value_leaves_the_session_as_it_was_and_the_rest_is_saved(store: Counted<impl Shelf>) {
    let refused = [
        (r#""a\u0000b""#.to_owned(), 422),
        (r#"{"deep": ["\u0000"]}"#.into(), 422),
        (r#"{"a\u0000b": 1}"#.into(), 422),
        (r#""\ud800""#.into(), 422),
        (r#""\udc00 and more""#.into(), 422),
        (r#"["\ud83d\ud83d\ude00"]"#.into(), 422),
        (r#"{"\udfff": 1}"#.into(), 422),
        ("1e400".into(), 422),
        ("[-1e309]".into(), 422),
        ("9".repeat(400), 422),
        ("1e-20000".into(), 422),
        ("0e-20000".into(), 422),
        (format!("0.{}1", "0".repeat(17_000)), 422),
        (nested("[", "]", 65), 422),
        (nested("[", "]", 200), 422),
        (nested("{\"a\":", "}", 120), 422),
        (format!("\"{}\"", "x".repeat(1 << 20)), 413),
    ];
    for (text, status) in refused {
        let shown = &text[..text.len().min(40)];
        let browser = site(&store).await;
        let reply = post(&browser, "/keep", text.clone()).await;
        assert_eq!(reply.status.as_u16(), status, "{shown}: {reply}");
        assert!(reply.body.starts_with("the value for \"value\" was not stored: "), "{shown}: {reply}");
        assert_eq!(
            browser.get("/get:before/get:after/has:value").await.body,
            "kept kept too false",
            "{shown}"
        );
        post(&browser, "/keep", "\"good\"").await.assert_status(200);
        post(&browser, "/keep", text.clone()).await.assert_status(status);
        assert_eq!(browser.get("/show").await.body, "\"good\"", "{shown}");
    }
}

async fn a_value_of_five_mebibytes_is_refused(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    for large in [format!("\"{}\"", "x".repeat(5 << 20)), format!("[{}1]", "1,".repeat(5 << 19))] {
        post(&browser, "/keep", large).await.assert_status(413);
    }
    assert_eq!(browser.get("/get:before/has:value").await.body, "kept false");
}

async fn unusual_values_come_back_as_they_were(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    for value in [
        json!(null),
        json!(""),
        json!("\u{1F980} \u{65e5}\u{672c} e\u{301} \u{202e} \u{7f}\u{1}\u{1f} \\u0000 \"\\/\" \r\n\t"),
        json!("\u{10ffff}\u{e000}\u{fffd}\u{feff}"),
        json!({"": {"": [[], {}, [null]]}, "a.b": 1, "$": 2, "\u{e9}": 3, "e\u{301}": 4}),
        json!([u64::MAX, i64::MIN, 9_007_199_254_740_993_u64, 0, -1]),
        json!([f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::EPSILON, 0.1, 0.1 + 0.2, 1e-7, 5e-324]),
        serde_json::from_str(&nested("[", "]", 64)).expect("JSON"),
        json!({"many": (0..2000).map(|n| (n.to_string(), n)).collect::<std::collections::HashMap<_, _>>()}),
        json!("x".repeat(1_000_000)),
    ] {
        let text = value.to_string();
        let shown = text.chars().take(60).collect::<String>();
        post(&browser, "/keep", text).await.assert_status(200);
        assert_eq!(browser.get("/show").await.json::<Value>(), value, "{shown}");
    }
    for exact in
        ["18446744073709551617", "123456789012345678901234567890.5", "1.00", "100000000000000000000000"]
    {
        post(&browser, "/keep", exact).await.assert_status(200);
        browser.get("/put:other=1").await;
        assert_eq!(browser.get("/show").await.body, exact, "a number is kept as it was written");
    }
}

async fn every_double_comes_back_as_it_was(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    let mut runner = TestRunner::deterministic();
    let any = prop::num::f64::POSITIVE
        | prop::num::f64::NEGATIVE
        | prop::num::f64::NORMAL
        | prop::num::f64::SUBNORMAL;
    let mut before = f64::MAX;
    browser.get(&format!("/double/{}", before.to_bits())).await.assert_status(200);
    for _ in 0..300 {
        let next = any.new_tree(&mut runner).expect("a number").current();
        let seen = browser.get(&format!("/double/{}", next.to_bits())).await;
        assert_eq!(seen.body, before.to_bits().to_string(), "{before:e}");
        before = next;
    }
}

async fn unusual_names_are_names(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    let long = "n".repeat(100_000);
    for name in ["", " ", "a.b", "{}", "{a,b}", "\"", "\\", "'", "\u{1F980}", "\n", "null", "NULL", &long] {
        let shown = name.chars().take(20).collect::<String>();
        assert_eq!(post(&browser, "/name", name.to_owned()).await.body, "None", "{shown:?}");
        assert_eq!(post(&browser, "/name", name.to_owned()).await.body, "Some(1)", "{shown:?}");
        let mine = browser.another();
        assert_eq!(post(&mine, "/name", name.to_owned()).await.body, "None", "{shown:?}");
    }
    post(&browser, "/name", "a\0b").await.assert_status(422);
    assert_eq!(post(&browser, "/name", "\u{1F980}").await.body, "Some(2)");
    // A name that is taken out is that one and no other.
    browser.get("/remove:%7B%7D/put:x=y").await.assert_status(200);
    assert_eq!(post(&browser, "/name", "{a,b}").await.body, "Some(2)");
}

async fn an_owner_that_postgresql_could_not_index_is_refused(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    let noise = |len: usize| -> String {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + u8::try_from(state >> 58).expect("six bits"))
        };
        (0..len).map(|_| next()).collect()
    };
    post(&browser, "/own", noise(4000)).await.assert_status(413);
    post(&browser, "/own", "an\0n").await.assert_status(422);
    assert_eq!(browser.get("/owner/get:before").await.body, "none kept");
    post(&browser, "/own", noise(1024)).await.assert_status(200);
    assert_eq!(browser.get("/owner").await.body, noise(1024));
}

/// Any JSON, and some that is not to be had.
fn any_json() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "\\PC{0,12}".prop_map(|text| json!(text).to_string()),
        any::<String>().prop_map(|text| json!(text).to_string()),
        Just(r#""\u0000""#.to_owned()),
        Just(r#""\ud800x""#.to_owned()),
        Just(r#""\ud83e\udd80""#.to_owned()),
    ];
    let number = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| json!(n).to_string()),
        (-500..500_i32).prop_map(|exponent| format!("1e{exponent}")),
        (0..40_000_i32).prop_map(|exponent| format!("-2.5E-{exponent}")),
    ];
    let leaf = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), number, text.clone()];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(" , "))),
            prop::collection::vec((text.clone(), inner), 0..6).prop_map(|entries| {
                let entries: Vec<_> =
                    entries.iter().map(|(name, value)| format!("{name} :{value}")).collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    })
}

/// jsonb writes `1e3` as `1000`, which is the same number and another `Value`.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(entries) => entries.into_iter().map(|(name, value)| (name, plain(value))).collect(),
        other => other,
    }
}

#[actix_web::test]
async fn any_json_comes_back_or_is_refused_by_both_stores_alike() {
    let (memory, postgres) = (counted_memory(), counted_postgres().await);
    let (memory, postgres) = (site(&memory).await, site(&postgres).await);
    let mut runner = TestRunner::deterministic();
    let (strategy, mut refused) = (any_json(), 0);
    for _ in 0..400 {
        let text = strategy.new_tree(&mut runner).expect("JSON").current();
        let (here, there) =
            (post(&memory, "/keep", text.clone()).await, post(&postgres, "/keep", text.clone()).await);
        assert_eq!((here.status, &here.body), (there.status, &there.body), "{text}");
        if here.status.as_u16() != 200 {
            here.assert_status(422);
            refused += 1;
            continue;
        }
        // A number beyond a double is kept as text; what Rust can read, it reads alike.
        if let Ok(expected) = serde_json::from_str::<Value>(&text) {
            for browser in [&memory, &postgres] {
                assert_eq!(plain(browser.get("/show").await.json()), plain(expected.clone()), "{text}");
            }
        }
    }
    assert!((10..390).contains(&refused), "{refused} of 400 were refused: the test has lost its edge");
}
