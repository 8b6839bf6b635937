//! JSON, taken apart as JavaScript takes it: of a name that is there twice, the last value in the first place.

use std::fmt;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A member of an object as it is written, and what its name says, if a Rust string can hold that.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) name: Result<String, String>,
    pub(crate) value: String,
}

/// The members of an object, if the text is one; also of one that is wrapped in a string.
pub(crate) fn members(text: &str) -> Option<Vec<Member>> {
    if let Ok(wrapped) = serde_json::from_str::<String>(text) {
        return serde_json::from_str::<Pairs>(&wrapped).ok().map(|pairs| pairs.merged());
    }
    serde_json::from_str::<Pairs>(text).ok().map(|pairs| pairs.merged())
}

struct Pairs(Vec<(Box<RawValue>, Box<RawValue>)>);

impl Pairs {
    fn merged(self) -> Vec<Member> {
        let mut members: Vec<Member> = Vec::new();
        for (written, value) in self.0 {
            let name = serde_json::from_str(written.get()).map_err(|_| written.get().to_owned());
            let value = value.get().to_owned();
            match members.iter_mut().find(|member| member.name == name) {
                Some(member) => member.value = value,
                None => members.push(Member { name, value }),
            }
        }
        members
    }
}

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> serde::de::Visitor<'de> for InOrder {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// A value of an object, if it has one and that is a value to `serde_json` too.
pub(crate) fn parsed(members: &[Member], name: &str) -> Option<Value> {
    let member = members.iter().find(|member| member.name.as_deref() == Ok(name))?;
    serde_json::from_str(&member.value).ok()
}

/// How deep a value is nested, and whether a zero is in any of its texts.
pub(crate) fn measure(value: &Value) -> (usize, bool) {
    let all = |parts: &mut dyn Iterator<Item = (usize, bool)>| {
        let (depth, nul) = parts.fold((0, false), |(depth, nul), (d, n)| (depth.max(d), nul | n));
        (depth + 1, nul)
    };
    match value {
        Value::String(text) => (0, text.contains('\0')),
        Value::Array(items) => all(&mut items.iter().map(measure)),
        Value::Object(map) => all(&mut of_map(map)),
        _ => (0, false),
    }
}

fn of_map(map: &Map<String, Value>) -> impl Iterator<Item = (usize, bool)> {
    map.iter().map(|(name, value)| {
        let (depth, nul) = measure(value);
        (depth, nul | name.contains('\0'))
    })
}
