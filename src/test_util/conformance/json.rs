//! JSON in laws: written as values, compared as values.
//!
//! A store may write another white space, another order of names, and `1500` for `1.5e3`, as `jsonb`
//! does. Where digits matter, a law looks at the text.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::record::Data;

/// The values of a session, from a JSON object.
pub(super) fn data(values: Value) -> Data {
    Data::from_json(&values.to_string()).expect("laws give sessions JSON objects")
}

/// The values of a session, as a JSON object.
pub(super) fn plain(data: &Data) -> Value {
    serde_json::from_str(&data.to_json()).expect("a session's data is a JSON object")
}

/// JSON, exactly as written here.
pub(super) fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).expect("laws write JSON")
}
