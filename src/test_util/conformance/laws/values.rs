//! What a store must be able to hold: everything that a session lets in.

use super::prelude::*;
use crate::record::Data;

/// Creates a session with these values and merges them into another; both must come back the same.
async fn assert_keeps<U: StoreUnderTest>(subject: &Subject<U>, values: serde_json::Value) {
    let created = subject.begin(session(values.clone())).await;
    assert_eq!(subject.values(&created).await, values);
    let updated = subject.begin(session(json!({}))).await;
    subject.saved(&updated, set(values.clone())).await;
    assert_eq!(subject.values(&updated).await, values);
    let (renewed, _) = subject.renewed(&updated, renewal(Change::default())).await;
    assert_eq!(subject.values(&renewed).await, values);
}

/// Names that some query language would take for something else.
const AWKWARD: [&str; 14] =
    ["", " ", "0", "-1", "a.b", "$.a", "{a,b}", "a,b", "it's", "\"", "\\", "null", "NULL", "\u{1}\n\t\u{7f}"];

pub async fn every_kind_of_value_comes_back<U: StoreUnderTest>(subject: Subject<U>) {
    let values = json!({
        "null": null, "true": true, "false": false, "zero": 0, "negative": -1, "fraction": 0.1,
        "tiny": 1e-7, "large": 1.5e300, "empty": "", "list": [], "object": {}, "nested": [[{"a": [null]}]],
    });
    assert_keeps(&subject, values).await;
}

pub async fn text_of_every_script_comes_back<U: StoreUnderTest>(subject: Subject<U>) {
    let values = json!({
        "日本語": "ゑ", "العربية": "مرحبا", "🦀": "👩‍👩‍👧‍👦", "combining": "e\u{301}", "composed": "é",
        "escapes": "\" \\ / \u{8} \u{c} \n \r \t \u{1f} \u{7f} \u{2028}", "beyond": "\u{10FFFF}",
    });
    assert_keeps(&subject, values).await;
}

pub async fn awkward_names_are_names_like_any_other<U: StoreUnderTest>(subject: Subject<U>) {
    let all: serde_json::Map<_, _> = AWKWARD.iter().map(|name| (name.to_string(), json!(name))).collect();
    assert_keeps(&subject, all.clone().into()).await;
    for name in AWKWARD {
        let id = subject.begin(session(all.clone().into())).await;
        subject.saved(&id, remove(&[name])).await;
        let mut rest = all.clone();
        rest.remove(name);
        assert_eq!(subject.values(&id).await, serde_json::Value::from(rest), "{name:?} was removed");
    }
}

pub async fn a_null_is_a_value_and_not_an_absence<U: StoreUnderTest>(subject: Subject<U>) {
    let id = subject.begin(session(json!({"a": 1}))).await;
    subject.saved(&id, set(json!({"a": null, "b": null}))).await;
    assert_eq!(subject.values(&id).await, json!({"a": null, "b": null}));
}

pub async fn a_number_keeps_all_its_digits<U: StoreUnderTest>(subject: Subject<U>) {
    const DIGITS: [&str; 5] = [
        "18446744073709551616",
        "-9223372036854775809",
        "9007199254740993",
        "123456789012345678901234567890123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
    ];
    let numbers: Data = DIGITS.iter().map(|digits| (digits.to_string(), raw(digits))).collect();
    let id = subject.begin(NewSession { data: numbers, ..session(json!({})) }).await;
    // A save of a neighbour must not do what the save of the number did not.
    subject.saved(&id, set(json!({"neighbour": 1}))).await;
    let record = subject.live(&id).await;
    for digits in DIGITS {
        assert_eq!(record.data.get(digits).map(|raw| raw.get()), Some(digits));
    }
}

pub async fn a_value_64_levels_deep_comes_back<U: StoreUnderTest>(subject: Subject<U>) {
    let lists = (0..crate::json::MAX_DEPTH).fold(json!(1), |inner, _| json!([inner]));
    let objects = (0..crate::json::MAX_DEPTH).fold(json!(1), |inner, _| json!({"in": inner}));
    assert_keeps(&subject, json!({"lists": lists, "objects": objects})).await;
}

pub async fn a_mebibyte_comes_back<U: StoreUnderTest>(subject: Subject<U>) {
    // Text that neither compresses to nothing nor has a pattern that could hide a cut.
    let mut state = 1_u32;
    let text: String = (0..1 << 20)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b' ' + ((state >> 24) % 64) as u8)
        })
        .collect();
    let id = subject.begin(session(json!({"text": text, "a": 1}))).await;
    subject.saved(&id, set(json!({"b": 2}))).await;
    // Not `assert_eq`, which would print it.
    assert!(
        subject.values(&id).await == json!({"text": text, "a": 1, "b": 2}),
        "the text came back different"
    );
}

pub async fn a_thousand_names_come_back<U: StoreUnderTest>(subject: Subject<U>) {
    let values: serde_json::Map<_, _> = (0..1000).map(|n| (format!("name {n}"), json!(n))).collect();
    assert_keeps(&subject, values.into()).await;
}

pub async fn the_order_of_names_means_nothing<U: StoreUnderTest>(subject: Subject<U>) {
    let new = |text: &str| {
        let data = Data::from_json(text).expect("a JSON object");
        NewSession { data, ..session(json!({})) }
    };
    let one = subject.begin(new(r#"{"a": {"x": 1, "yy": 2}, "b": 2}"#)).await;
    let other = subject.begin(new(r#"{"b": 2, "a": {"yy": 2, "x": 1}}"#)).await;
    assert_eq!(subject.values(&one).await, subject.values(&other).await);
    assert_eq!(subject.live(&one).await.data.iter().count(), 2);
}

pub async fn any_text_can_name_an_owner<U: StoreUnderTest>(subject: Subject<U>) {
    for owner in ["", "it's; drop table sessions --", "\"ann\" \\ $1 %s {}", "アン 👩‍🚀 \u{10FFFF}", " padded "]
    {
        let new = NewSession { owner: Some(owner.to_owned()), ..session(json!({})) };
        let created = subject.begin(new).await;
        assert_eq!(subject.live(&created).await.owner.as_deref(), Some(owner));
        let old = subject.begin(session(json!({}))).await;
        let sign_in = Renewal { restart: Some(restart(Some(owner))), ..renewal(Change::default()) };
        let (new, _) = subject.renewed(&old, sign_in).await;
        assert_eq!(subject.live(&new).await.owner.as_deref(), Some(owner));
    }
}

pub async fn any_client_is_accepted<U: StoreUnderTest>(subject: Subject<U>) {
    let addresses = ["192.0.2.1", "255.255.255.255", "2001:db8::1", "::ffff:192.0.2.1", "::1"];
    let agents = ["", "Mozilla/5.0 (X11; 'quoted' \"twice\" \\ $1)", "\u{FFFD}火狐🦊", &"long ".repeat(100)];
    for (ip, user_agent) in addresses.into_iter().zip(agents.into_iter().map(Some).chain([None])) {
        let ip = Some(ip.parse().expect("an address"));
        let client = Client { ip, user_agent: user_agent.map(str::to_owned) };
        let id = subject.begin(NewSession { client: client.clone(), ..session(json!({"a": 1})) }).await;
        let sign_in = super::super::fixtures::restart(Some("ann"));
        let sign_in = crate::record::Restart { client, ..sign_in };
        let renewal = Renewal { restart: Some(sign_in), ..renewal(Change::default()) };
        let (new, _) = subject.renewed(&id, renewal).await;
        assert_eq!(subject.values(&new).await, json!({"a": 1}));
    }
}
