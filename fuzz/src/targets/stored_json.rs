//! A row's `data`: what can be read keeps its values to the last digit, and what passes the check of our verbs is
//! what `jsonb` takes.

use actix_pg_session::fuzz_internals::{check, check_name, encode, same, same_in_javascript};
use actix_pg_session::{Data, MAX_DEPTH};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Target;
use crate::{input, json};

pub(super) const TARGET: Target = Target {
    name: "stored_json",
    tokens: &[
        "{",
        "}",
        "[",
        "]",
        "{\"a\":",
        ",\"b\":",
        "\"",
        "\\u0000",
        "\\ud800",
        "\\udc00",
        "\\ud83e\\udd80",
        "\\u0041",
        "\\\"",
        "\\\\",
        "1e400",
        "1e-400",
        "-0",
        "0.1",
        "18446744073709551616",
        "-9223372036854775809",
        "1E5",
        "1.0",
        "null",
        "true",
        "false",
        "\u{1F980}",
        "\u{FEFF}",
        " ",
        "\n",
        "\t",
        ":",
        ",",
        "[[[[[[[[[[[[[[[[",
        "]]]]]]]]]]]]]]]]",
        "\"\\u0061\":1",
        "1e401",
        "0e999",
        "__proto__",
    ],
    run,
};

fn run(input: &[u8]) {
    let text = input::text(input);
    let members = object(&text);
    match Data::from_json(&text) {
        Err(_) => assert!(members.is_none(), "{text:?} is an object, and cannot be read"),
        Ok(data) => {
            let members = members.unwrap_or_else(|| panic!("{text:?} is no object, and can be read"));
            let read: Vec<_> =
                data.iter().map(|(name, raw)| (name.to_owned(), raw.get().to_owned())).collect();
            assert_eq!(read, members, "{text:?}");
            let again = data.to_json();
            let again = Data::from_json(&again).unwrap_or_else(|error| panic!("{again:?}: {error}"));
            assert!(
                again
                    .iter()
                    .map(|(name, raw)| (name, raw.get()))
                    .eq(data.iter().map(|(name, raw)| (name, raw.get())))
            );
            check_values(&data);
        }
    }
    if let Ok(raw) = RawValue::from_string(text) {
        check_value(&raw);
    }
}

/// The members, if every name is one.
fn object(text: &str) -> Option<Vec<(String, String)>> {
    // A string that holds an object is Express's way, not ours.
    let is_string = text.trim_start().starts_with('"');
    let members = json::members(text).filter(|_| !is_string)?;
    members.into_iter().map(|member| Some((member.name.ok()?, member.value))).collect()
}

fn check_values(data: &Data) {
    for (name, raw) in data.iter() {
        assert_eq!(check_name(name).is_ok(), !name.contains('\0'));
        check_value(raw);
    }
    let mut values = data.iter().map(|(_, raw)| raw);
    // One of the two is always a value that our verbs let through.
    if let (Some(a), Some(b)) = (values.next(), values.next())
        && (check(a).is_ok() || check(b).is_ok())
    {
        let (read_a, read_b) = (value(a), value(b));
        for same in [same, same_in_javascript] {
            assert_eq!(same(a, b), same(b, a), "{a} {b}");
            assert!(same(a, a) && same(b, b));
        }
        if let (Some(read_a), Some(read_b)) = (read_a, read_b) {
            assert!(read_a == read_b || !same(a, b), "{a} {b}");
        }
    }
}

/// As `serde_json` reads it. It has names of its own, for numbers and texts that it keeps as they are written,
/// and takes them for that wherever they stand; those are no model for anybody.
fn value(raw: &RawValue) -> Option<Value> {
    serde_json::from_str(raw.get()).ok()
}

/// A value passes the check if it is one to `serde_json`, not too deep, and without a zero.
fn check_value(raw: &RawValue) {
    if raw.get().contains("$serde_json::private") {
        return;
    }
    let passes = check(raw).is_ok();
    let encoded = encode(raw, usize::MAX >> 1);
    assert_eq!(passes, encoded.is_ok(), "{raw}");
    if let Ok(encoded) = encoded {
        assert_eq!(encoded.get(), raw.get());
    }
    assert!(raw.get().is_empty() || encode(raw, raw.get().len() - 1).is_err(), "{raw} is too large");
    let expected = value(raw).is_some_and(|value| {
        let (depth, has_nul) = json::measure(&value);
        depth <= MAX_DEPTH && !has_nul
    });
    assert!(!passes || expected, "{raw} was let through");
    // Two things that `serde_json` takes: absurd numbers, and whatever a member of the same name hides behind it.
    let is_plain = !raw.get().contains(['e', 'E', '{']) && raw.get().len() < 300;
    assert!(passes || !expected || !is_plain, "{raw} was refused");
    if passes {
        assert!(value(raw).is_some_and(|value| value == reread(&value)), "{raw}");
    }
}

fn reread(value: &Value) -> Value {
    serde_json::from_str(&value.to_string()).unwrap_or_default()
}
