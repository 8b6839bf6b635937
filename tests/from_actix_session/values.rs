//! What is stored is what is read, or an error that says why not.

use std::error::Error;

use actix_session::storage::{SaveError, SessionStore as _, UpdateError};
use actix_web::cookie::time::Duration;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::places::{Place, in_memory_and_in_postgres};
use crate::site::visitor;

in_memory_and_in_postgres! {
    every_kind_of_value_reads_back
    whatever_json_can_say_reads_back
    what_jsonb_cannot_hold_is_a_500_and_the_row_stays_as_it_was
    an_error_says_which_value_and_why
    what_is_no_json_at_all_is_an_error
}

async fn every_kind_of_value_reads_back(place: impl Place) {
    let ann = visitor(&place).await;
    for json in [
        "null",
        "true",
        "0",
        "-1",
        "18446744073709551615",
        "-9223372036854775808",
        "0.1",
        "1.7976931348623157e308",
        "5e-324",
        "\"\"",
        r#""\"\\\/\b\f\n\r\t\u00e9\ud83e\udd80""#,
        "\"a 'quoted' word, {and} $1 %s\"",
        "[]",
        "{}",
        r#"{"": [null, {"b": {"a": [1.5, "x"]}}]}"#,
    ] {
        let json: Value = serde_json::from_str(json).expect("JSON");
        ann.does(&format!("set value {json}")).await;
        let stored = ann.does("get value").await;
        assert_eq!(serde_json::from_str::<Value>(&stored).expect("JSON"), json);
    }
    for name in ["", "a b", "'", "\"", "$1", "naïve", "actix_identity.user_id"] {
        let store = place.store();
        let values = [(name.to_owned(), "1".to_owned())].into();
        let key = store.save(values, &Duration::DAY).await.expect("a save");
        let values = store.load(&key).await.expect("an answer").expect("a session");
        assert_eq!(values.get(name).map(String::as_str), Some("1"), "{name:?}");
    }
}

async fn whatever_json_can_say_reads_back(place: impl Place) {
    let mut runner = TestRunner::deterministic();
    let store = place.store();
    let values = prop::collection::hash_map("[^\\x00]{0,12}", any_json(), 0..40);
    for _ in 0..16 {
        let values = values.new_tree(&mut runner).expect("values").current();
        let state = values.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        let key = store.save(state, &Duration::DAY).await.expect("a save");
        let mut loaded = store.load(&key).await.expect("an answer").expect("a session");
        loaded.remove("actix_pg_session").expect("what the difference is made from");
        assert_eq!(loaded.len(), values.len());
        for (name, value) in &values {
            let stored: Value = serde_json::from_str(&loaded[name]).expect("JSON");
            assert!(is_alike(&stored, value), "{name:?}: {stored} instead of {value}");
        }
    }
}

/// Whether every type that reads the one reads the other. `jsonb` writes 1e16 out, so that a `Value`, which goes
/// by the spelling, takes it for an integer. Somebody who asks for an `f64` gets the same one.
fn is_alike(stored: &Value, value: &Value) -> bool {
    match (stored, value) {
        (Value::Number(stored), Value::Number(value)) if value.is_f64() => stored.as_f64() == value.as_f64(),
        (Value::Array(stored), Value::Array(value)) => {
            stored.len() == value.len()
                && stored.iter().zip(value).all(|(stored, value)| is_alike(stored, value))
        }
        (Value::Object(stored), Value::Object(value)) => {
            let is_there = |(name, value)| stored.get(name).is_some_and(|stored| is_alike(stored, value));
            stored.len() == value.len() && value.iter().all(is_there)
        }
        _ => stored == value,
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("JSON has finite numbers", |n| n.is_finite().then(|| json!(n))),
        "[^\\x00]{0,16}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[^\\x00]{0,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What `jsonb` cannot hold, or this crate does not let in, and what is said of it.
fn unstorable() -> [(String, &'static str); 4] {
    [
        (r#""a\u0000b""#.into(), "U+0000"),
        (r#"["\ud800"]"#.into(), "half of a UTF-16 surrogate pair"),
        ("1e400".into(), "a number beyond a double"),
        ("[".repeat(65) + &"]".repeat(65), "nested deeper than 64 levels"),
    ]
}

async fn what_jsonb_cannot_hold_is_a_500_and_the_row_stays_as_it_was(place: impl Place) {
    let ann = visitor(&place).await;
    for (json, _) in unstorable() {
        assert_eq!(ann.asks(&format!("set bad {json}")).await.status, 500, "{json}");
        assert_eq!(ann.cookie(), None);
    }
    ann.does("set good 1").await;
    for (json, _) in unstorable() {
        let reply = ann.asks(&format!("set good 2; set bad {json}")).await;
        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (500, ""), "{json}");
        assert_eq!(ann.does("get good; get bad").await, "1\n-");
    }
    assert_eq!(place.sessions().await, 1);
}

async fn an_error_says_which_value_and_why(place: impl Place) {
    let store = place.store();
    for (json, why) in unstorable() {
        let state = || [("the name".to_owned(), json.clone())].into();
        let Err(SaveError::Serialization(error)) = store.save(state(), &Duration::DAY).await else {
            panic!("{json} was saved");
        };
        let sentence = error.to_string();
        assert!(sentence.starts_with("the value for \"the name\" was not stored: "), "{sentence}");
        assert!(sentence.contains(why), "{sentence}");

        let key = store.save([].into(), &Duration::DAY).await.expect("a save");
        let Err(UpdateError::Serialization(error)) = store.update(key, state(), &Duration::DAY).await else {
            panic!("{json} was saved");
        };
        assert_eq!(error.to_string(), sentence);
    }
}

async fn what_is_no_json_at_all_is_an_error(place: impl Place) {
    let store = place.store();
    for text in ["", "ann", "{", "1 2", "NaN", "'x'"] {
        let state = [("x".to_owned(), text.to_owned())].into();
        let error = store.save(state, &Duration::DAY).await.expect_err(text);
        assert!(matches!(error, SaveError::Serialization(_)), "{text}: {error}");
        assert!(error.source().is_some(), "it says why");
    }
    assert_eq!(place.sessions().await, 0);
}
