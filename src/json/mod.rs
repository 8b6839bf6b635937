//! Turning values into JSON that PostgreSQL will hold, and refusing the rest at the door.
//!
//! `jsonb` refuses `\u0000`, lone surrogates and absurd numbers, and `serde_json` silently turns
//! NaN into `null`. Found out at the end of a request, such a value would cost the whole save. So
//! the verb that stores a value checks it, and an error there loses nothing.

mod finite;
mod scan;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How deep arrays and objects may be nested in one value.
///
/// `serde_json` reads 128 levels, PostgreSQL some thousands; a session that needs more than this is
/// an attack or a mistake.
pub const MAX_DEPTH: usize = 64;

/// Why a value cannot be stored. The session is as it was before.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unstorable {
    /// A string holds the character U+0000, which `jsonb` cannot.
    Nul,
    /// A `\uD800`..`\uDFFF` escape without its other half: not a character.
    LoneSurrogate,
    /// NaN or an infinity, which JSON lacks, or a number beyond a double: too large, or of more
    /// decimals than any double has.
    NotFinite,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More bytes of JSON than the session may have.
    TooLarge {
        /// The limit, in bytes of JSON.
        limit: usize,
    },
    /// The store has something of its own under this name.
    Reserved,
    /// The type's own `Serialize` failed.
    Serialize(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for Unstorable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nul => {
                f.write_str("it contains the character U+0000, which PostgreSQL's jsonb cannot hold")
            }
            Self::LoneSurrogate => {
                f.write_str("it contains half of a UTF-16 surrogate pair, which is not a character")
            }
            Self::NotFinite => f.write_str(
                "it contains NaN, an infinity or a number beyond a double, which JSON cannot hold",
            ),
            Self::TooDeep => write!(f, "it is nested deeper than {MAX_DEPTH} levels"),
            Self::TooLarge { limit } => write!(f, "more than {limit} bytes do not fit"),
            Self::Reserved => f.write_str("the name is the store's own"),
            Self::Serialize(source) => write!(f, "it cannot be serialized: {source}"),
        }
    }
}

impl std::error::Error for Unstorable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Serialize(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}

/// Serializes `value` into at most `limit` bytes of JSON that PostgreSQL will take.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, limit: usize) -> Result<Box<RawValue>, Unstorable> {
    finite::check(value)?;
    let mut out = Bounded { bytes: Vec::with_capacity(64.min(limit)), limit };
    if let Err(error) = serde_json::to_writer(&mut out, value) {
        return Err(if error.is_io() {
            Unstorable::TooLarge { limit }
        } else {
            Unstorable::Serialize(Box::new(error))
        });
    }
    let text = String::from_utf8(out.bytes).map_err(|error| Unstorable::Serialize(Box::new(error)))?;
    scan::check(&text)?;
    RawValue::from_string(text).map_err(|error| Unstorable::Serialize(Box::new(error)))
}

/// Checks JSON that somebody else has written.
#[cfg(any(feature = "actix-session", feature = "express"))]
pub(crate) fn check(value: &RawValue) -> Result<(), Unstorable> {
    scan::check(value.get())
}

/// Checks a name under which a value is to stand: it becomes a JSON string too.
pub(crate) fn check_name(name: &str) -> Result<(), Unstorable> {
    if name.contains('\0') {
        return Err(Unstorable::Nul);
    }
    Ok(())
}

/// Whether two JSON texts say the same but for white space and the order of names, which `jsonb`
/// changes. Numbers are compared as they are written.
pub(crate) fn same(a: &RawValue, b: &RawValue) -> bool {
    type Object<'a> = BTreeMap<String, &'a RawValue>;
    type List<'a> = Vec<&'a RawValue>;
    if a.get() == b.get() {
        return true;
    }
    // Told by how they begin: that a number is no object, the parser says at great expense.
    let begin = |raw: &RawValue| raw.get().bytes().next();
    match (begin(a), begin(b)) {
        (Some(b'{'), Some(b'{')) => both::<Object<'_>>(a, b).is_some_and(|(a, b)| {
            let mut pairs = a.iter().zip(&b);
            a.len() == b.len() && pairs.all(|((name, x), (other, y))| name == other && same(x, y))
        }),
        (Some(b'['), Some(b'[')) => both::<List<'_>>(a, b)
            .is_some_and(|(a, b)| a.len() == b.len() && a.iter().zip(&b).all(|(x, y)| same(x, y))),
        _ => false,
    }
}

fn both<'a, T: Deserialize<'a>>(a: &'a RawValue, b: &'a RawValue) -> Option<(T, T)> {
    Some((serde_json::from_str(a.get()).ok()?, serde_json::from_str(b.get()).ok()?))
}

/// A buffer that refuses to grow past its limit, so that a huge value costs no memory.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Bounded {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if buf.len() > self.limit - self.bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LIMIT: usize = 1 << 20;

    fn nested(depth: usize) -> serde_json::Value {
        (0..depth).fold(json!(1), |inner, _| json!([inner]))
    }

    #[test]
    fn an_ordinary_value_is_kept_as_it_is() {
        let raw = encode(&json!({"a": [1, 2.5, "x\u{1F980}"], "b": null}), LIMIT).unwrap();
        assert_eq!(raw.get(), "{\"a\":[1,2.5,\"x\u{1F980}\"],\"b\":null}");
    }

    #[test]
    fn nul_is_refused_in_values_and_in_nested_names_but_its_spelling_is_not() {
        assert!(matches!(encode("a\0b", LIMIT), Err(Unstorable::Nul)));
        assert!(matches!(encode(&json!({"a\0": 1}), LIMIT), Err(Unstorable::Nul)));
        assert!(encode("\\u0000", LIMIT).is_ok());
    }

    #[test]
    fn nan_and_the_infinities_are_refused_wherever_they_hide() {
        #[derive(Serialize)]
        struct Deep {
            list: Vec<Option<(f32, f64)>>,
        }
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(encode(&bad, LIMIT), Err(Unstorable::NotFinite)));
            let deep = Deep { list: vec![None, Some((1.0, bad))] };
            assert!(matches!(encode(&deep, LIMIT), Err(Unstorable::NotFinite)));
        }
        assert!(encode(&Deep { list: vec![Some((0.5, f64::MAX))] }, LIMIT).is_ok());
    }

    #[test]
    fn depth_64_is_stored_and_65_and_200_are_refused() {
        assert!(encode(&nested(64), LIMIT).is_ok());
        assert!(matches!(encode(&nested(65), LIMIT), Err(Unstorable::TooDeep)));
        assert!(matches!(encode(&nested(200), LIMIT), Err(Unstorable::TooDeep)));
    }

    #[test]
    fn the_size_limit_counts_bytes_of_json() {
        assert!(encode(&"x".repeat(8), 10).is_ok());
        assert!(matches!(encode(&"x".repeat(9), 10), Err(Unstorable::TooLarge { limit: 10 })));
    }

    #[test]
    fn raw_json_is_held_to_the_same_rules() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        assert!(matches!(encode(&raw(r#""\u0000""#), LIMIT), Err(Unstorable::Nul)));
        assert!(matches!(encode(&raw(r#"["\ud800"]"#), LIMIT), Err(Unstorable::LoneSurrogate)));
        for lone in
            ["\\udc00\\ud800", "\\udc00", "\\ud800x", "\\ud800\\n", "\\ud800\\ud800\\udc00", "\\ud800\\u0041"]
        {
            let stored = encode(&raw(&format!("\"{lone}\"")), LIMIT);
            assert!(matches!(stored, Err(Unstorable::LoneSurrogate)), "{lone}");
        }
        assert!(encode(&raw(r#""\ud83e\udd80""#), LIMIT).is_ok());
        for large in ["1e400", r#"{"a":1e400}"#, r#"["b",1e400]"#] {
            assert!(matches!(encode(&raw(large), LIMIT), Err(Unstorable::NotFinite)), "{large}");
        }
        assert!(encode(&raw("18446744073709551616"), LIMIT).is_ok());
    }

    #[test]
    fn what_stands_side_by_side_is_not_deep() {
        let lists: Vec<[u8; 0]> = vec![[]; 2 * MAX_DEPTH];
        assert!(encode(&lists, LIMIT).is_ok());
    }

    #[test]
    fn a_number_that_would_be_written_out_has_at_most_400_places() {
        let stored = |text: String| encode(&RawValue::from_string(text).unwrap(), LIMIT).is_ok();
        assert!(stored("1e-400".into()) && !stored("1e-401".into()));
        assert!(stored("0e400".into()) && !stored("0e401".into()) && !stored("0E401".into()));
        assert!(stored(format!("1.{}", "1".repeat(400))) && !stored(format!("1.{}", "1".repeat(401))));
    }

    #[test]
    fn a_type_that_cannot_be_serialized_is_refused_with_its_own_words() {
        struct Sealed;
        impl Serialize for Sealed {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("it is sealed"))
            }
        }
        let error = encode(&Sealed, LIMIT).unwrap_err();
        assert_eq!(error.to_string(), "it cannot be serialized: it is sealed");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("it is sealed"));
        assert!(std::error::Error::source(&Unstorable::Nul).is_none());
    }

    #[test]
    fn white_space_and_the_order_of_names_do_not_count_as_a_difference() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        assert!(same(&raw(r#"{"a":[1,"x y"]}"#), &raw(r#"{"a": [1, "x y"]}"#)));
        assert!(same(&raw(r#"[{"bb":1,"a":{}}]"#), &raw(r#"[{"a": {}, "bb": 1}]"#)));
        assert!(!same(&raw(r#"{"a":1,"b":2}"#), &raw(r#"{"a":2,"b":1}"#)));
        assert!(!same(&raw(r#"{"a":1}"#), &raw(r#"{"a":1,"b":1}"#)));
        assert!(!same(&raw("[1,2]"), &raw("[2,1]")) && !same(&raw("[1]"), &raw("[1,2]")));
        assert!(!same(&raw("18446744073709551617"), &raw("18446744073709551616")));
        assert!(!same(&raw("[]"), &raw("{}")) && !same(&raw("1"), &raw("\"1\"")));
        assert!(!same(&raw(r#""x y""#), &raw(r#""xy""#)));
        assert!(!same(&raw(r#""a\" b""#), &raw(r#""a\"b""#)));
    }
}
