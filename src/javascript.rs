//! When JavaScript would call two values the same, going by `JSON.stringify`.
//!
//! express-session decides by a hash of that text whether a session was modified. So the order of names
//! counts, and the spelling of a number or a string does not.

use std::cmp::Ordering;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::record::Data;

/// Whether two sessions' values are the same.
pub(crate) fn same_object(a: &Data, b: &Data) -> bool {
    a.is_same(b) || same_members(a.iter().collect(), b.iter().collect(), 0)
}

/// Whether two values are the same.
pub(crate) fn same_value(a: &RawValue, b: &RawValue) -> bool {
    same_at(a, b, 0)
}

/// Deeper than this, texts are compared: no stack is taken for granted, and Node nests some thousands.
const DEEPEST: usize = 128;

fn same_at(a: &RawValue, b: &RawValue, depth: usize) -> bool {
    let (a, b) = (a.get(), b.get());
    if a == b {
        return true;
    }
    if depth == DEEPEST {
        return false;
    }
    let depth = depth + 1;
    match (a.as_bytes().first(), b.as_bytes().first()) {
        (Some(b'{'), Some(b'{')) => match (parsed::<Object<'_>>(a), parsed::<Object<'_>>(b)) {
            (Some(a), Some(b)) => same_members(members(&a), members(&b), depth),
            _ => false,
        },
        (Some(b'['), Some(b'[')) => match (parsed::<Vec<&RawValue>>(a), parsed::<Vec<&RawValue>>(b)) {
            (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_at(a, b, depth)),
            _ => false,
        },
        (Some(b'"'), Some(b'"')) => match (parsed::<String>(a), parsed::<String>(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
        // To JavaScript every number is a double.
        (Some(b'-' | b'0'..=b'9'), Some(b'-' | b'0'..=b'9')) => {
            matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
        }
        _ => false,
    }
}

/// Of a name that is there twice, the last value in the first place; as in JavaScript.
type Object<'a> = IndexMap<String, &'a RawValue>;

fn members<'a>(object: &'a Object<'_>) -> Vec<(&'a str, &'a RawValue)> {
    object.iter().map(|(name, value)| (name.as_str(), *value)).collect()
}

fn parsed<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn same_members(mut a: Vec<(&str, &RawValue)>, mut b: Vec<(&str, &RawValue)>, depth: usize) -> bool {
    if a.len() != b.len() {
        return false;
    }
    a.sort_by(|(a, _), (b, _)| in_order(a, b));
    b.sort_by(|(a, _), (b, _)| in_order(a, b));
    a.iter().zip(b).all(|((name, value), (other, theirs))| *name == other && same_at(value, theirs, depth))
}

/// Names that are array indices come first, by number; the others keep their order, as the sort is
/// stable.
fn in_order(a: &str, b: &str) -> Ordering {
    match (index(a), index(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// The number that a name is as an array index: written as JavaScript would, and below 2^32 - 1.
fn index(name: &str) -> Option<u32> {
    let is_canonical = name == "0" || !name.starts_with('0');
    let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    (is_canonical && digits).then(|| name.parse().ok())?.filter(|index| *index < u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let (a, b) = (raw(a), raw(b));
        assert_eq!(same_value(&a, &b), same_value(&b, &a));
        same_value(&a, &b)
    }

    #[test]
    fn the_order_of_names_counts_at_every_depth() {
        assert!(same(r#"{"a":1,"b":2}"#, r#"{ "a": 1, "b": 2 }"#));
        assert!(!same(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#));
        assert!(!same(r#"[{"x":{"a":1,"b":2}}]"#, r#"[{"x":{"b":2,"a":1}}]"#));
    }

    #[test]
    fn names_that_are_array_indices_come_first_wherever_they_stand() {
        assert!(same(r#"{"a":1,"10":2,"9":3}"#, r#"{"9":3,"10":2,"a":1}"#));
        for not_an_index in ["01", "-1", "1.0", "4294967295"] {
            let (a, b) =
                (format!(r#"{{"a":1,"{not_an_index}":2}}"#), format!(r#"{{"{not_an_index}":2,"a":1}}"#));
            assert!(!same(&a, &b), "{not_an_index}");
        }
    }

    #[test]
    fn numbers_are_doubles_and_strings_are_their_characters() {
        assert!(same("1", "1.0") && same("1e21", "1000000000000000000000") && same("0", "-0"));
        assert!(same("9007199254740993", "9007199254740992"));
        assert!(same(r#""\u00e9\/""#, "\"\u{e9}/\""));
        assert!(!same("1", "2") && !same("1", r#""1""#) && !same("null", "false") && !same("[]", "{}"));
        assert!(same(r#""\ud800""#, r#""\ud800""#) && !same(r#""\ud800""#, r#""\ud801""#));
        assert!(!same("[1,2]", "[2,1]") && !same("[1]", "[1,1]"));
    }
}
