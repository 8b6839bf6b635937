//! A value as JavaScript would have it after `JSON.parse`: every number a double, and names that are
//! array indices first.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Number, Value};

/// JSON text of the value. serde_json's own objects sort their names, so this reads the text.
pub(crate) fn canonical(text: &RawValue) -> Box<RawValue> {
    let mut out = String::new();
    write(text, &mut out);
    RawValue::from_string(out).unwrap_or_else(|_| text.to_owned())
}

fn write(text: &RawValue, out: &mut String) {
    match text.get().as_bytes().first() {
        Some(b'{') => object(text, out),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text.get()).unwrap_or_default();
            out.push('[');
            for (n, item) in items.into_iter().enumerate() {
                out.push_str(if n == 0 { "" } else { "," });
                write(item, out);
            }
            out.push(']');
        }
        Some(b'-' | b'0'..=b'9') => out.push_str(&number(text.get())),
        _ => out.push_str(text.get()),
    }
}

fn object(text: &RawValue, out: &mut String) {
    let mut members: Vec<(String, &RawValue)> =
        serde_json::from_str::<indexmap::IndexMap<String, &RawValue>>(text.get())
            .unwrap_or_default()
            .into_iter()
            .collect();
    let index = |name: &str| name.parse::<u32>().ok().filter(|index| index.to_string() == name);
    members.sort_by_key(|(name, _)| index(name).map_or((1, 0), |index| (0, index)));
    out.push('{');
    for (n, (name, value)) in members.into_iter().enumerate() {
        out.push_str(if n == 0 { "" } else { "," });
        out.push_str(&to_raw_value(&name).map(|name| name.get().to_owned()).unwrap_or_default());
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

/// Whole numbers without a point, as JavaScript writes them.
fn number(text: &str) -> String {
    let Ok(double) = text.parse::<f64>() else { return text.to_owned() };
    if double.fract() == 0.0 && double.abs() < 1e21 {
        return format!("{:.0}", double + 0.0);
    }
    // Beyond a double is infinite, which JSON.stringify writes as null.
    Number::from_f64(double).map_or("null".into(), |number| Value::Number(number).to_string())
}
