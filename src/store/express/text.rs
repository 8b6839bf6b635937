//! A row's JSON as text: what is not touched stays as it is, to the last byte.
//!
//! `jsonb`, and PostgreSQL's functions on `json` too, refuse `\u0000` and halves of surrogate pairs, and
//! every parser has its own idea of a big number. Node writes all of them. So a save takes the text
//! apart into members, exchanges those that it means, and puts the others back unread.

use std::collections::HashSet;
use std::fmt;

use indexmap::IndexMap;
use indexmap::map::Entry;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::StoreError;
use crate::record::{Change, Data};

/// An object's members in the order of its text.
#[derive(Clone, Debug, Default)]
pub(super) struct Members(IndexMap<Name, Member>);

/// What a member is found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Name {
    Text(String),
    /// No Rust string can be it, as it holds half of a surrogate pair: its JSON instead.
    Unnameable(String),
}

#[derive(Clone, Debug)]
struct Member {
    /// The name as it is written, with its quotes.
    written: Box<RawValue>,
    value: Box<RawValue>,
}

impl Members {
    /// Reads a JSON object. connect-pg-simple also reads one that is wrapped in a string, so this does.
    ///
    /// The error tells the place and no more: serde's own words quote the text.
    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        let object = if text.trim_start().starts_with('"') {
            serde_json::from_str::<String>(text).and_then(|inner| serde_json::from_str(&inner))
        } else {
            serde_json::from_str(text)
        };
        object.map_err(|error| {
            let (line, column) = (error.line(), error.column());
            StoreError::corrupt(format!("`sess` is no JSON object (line {line}, column {column})"))
        })
    }

    pub(super) fn get(&self, name: &str) -> Option<&RawValue> {
        // The one allocation is shorter than a search.
        self.0.get(&Name::Text(name.to_owned())).map(|member| &*member.value)
    }

    /// One value, if it is there and is a `T`.
    pub(super) fn parse<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Option<T> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// Names, as they are read and as they are written, and values. No Rust string can be the name that is `None`.
    pub(super) fn named(&self) -> impl Iterator<Item = (Option<&str>, &str, &str)> {
        self.0.iter().map(|(name, member)| {
            let name = match name {
                Name::Text(name) => Some(name.as_str()),
                Name::Unnameable(_) => None,
            };
            (name, member.written.get(), member.value.get())
        })
    }

    /// The members that are values of the session, but for those whose name Rust cannot hold.
    pub(super) fn values(&self, reserved: &[&str]) -> Data {
        let named = self.0.iter().filter_map(|(name, member)| match name {
            Name::Text(name) => Some((name, &member.value)),
            Name::Unnameable(_) => None,
        });
        let values = named.filter(|(name, _)| !reserved.contains(&name.as_str()));
        values.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Whether there is a value whose name no Rust string can be.
    pub(super) fn has_unnameable(&self) -> bool {
        self.0.keys().any(|name| matches!(name, Name::Unnameable(_)))
    }

    /// Takes out what `keep` does not want, given the name, if there is one.
    pub(super) fn retain(&mut self, keep: impl Fn(Option<&str>) -> bool) {
        self.0.retain(|name, _| match name {
            Name::Text(name) => keep(Some(name)),
            Name::Unnameable(_) => keep(None),
        });
    }

    /// Puts a value in, over one of the same name, else at the end.
    pub(super) fn set(&mut self, name: &str, value: Box<RawValue>) {
        match self.0.entry(Name::Text(name.to_owned())) {
            Entry::Occupied(mut member) => member.get_mut().value = value,
            Entry::Vacant(place) => {
                place.insert(Member { written: written(name), value });
            }
        }
    }

    /// Merges a difference, as the law wants it: `(data - removed) || set`.
    pub(super) fn merge(&mut self, change: &Change, reserved: &[&str]) {
        let removed: HashSet<&str> = change.removed.iter().map(String::as_str).collect();
        self.retain(|name| match name {
            Some(name) if reserved.contains(&name) => true,
            Some(name) => !change.cleared && !removed.contains(name),
            None => !change.cleared,
        });
        for (name, value) in change.set.iter() {
            self.set(name, value.to_owned());
        }
    }
}

/// A name as JSON.
fn written(name: &str) -> Box<RawValue> {
    // A string has nothing in it that could fail to be written.
    serde_json::value::to_raw_value(name).unwrap_or_default()
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: IndexMap<Name, Member> = IndexMap::new();
                while let Some((written, value)) = map.next_entry::<Box<RawValue>, Box<RawValue>>()? {
                    let name = match serde_json::from_str(written.get()) {
                        Ok(name) => Name::Text(name),
                        Err(_) => Name::Unnameable(written.get().to_owned()),
                    };
                    // Of a name that is there twice, the last value counts, in the first place; that is
                    // how JavaScript reads it.
                    match members.entry(name) {
                        Entry::Occupied(mut member) => member.get_mut().value = value,
                        Entry::Vacant(place) => {
                            place.insert(Member { written, value });
                        }
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(text: &str, change: &Change) -> Vec<String> {
        let mut members = Members::read(text).unwrap();
        members.merge(change, &["cookie"]);
        members.named().map(|(_, name, value)| format!("{name}:{value}")).collect()
    }

    fn set(text: &str) -> Change {
        Change { set: Data::from_json(text).unwrap(), ..Change::default() }
    }

    #[test]
    fn what_rust_cannot_hold_stays_as_it_was_written() {
        let text = r#"{"cookie":{},"\ud800":1,"big":123456789012345678901234567890,"half":"\udfff","nul":"\u0000","spelt":"\u0041","a":1}"#;
        assert_eq!(
            merged(text, &set(r#"{"a":2}"#)),
            [
                r#""cookie":{}"#,
                r#""\ud800":1"#,
                r#""big":123456789012345678901234567890"#,
                r#""half":"\udfff""#,
                r#""nul":"\u0000""#,
                r#""spelt":"\u0041""#,
                r#""a":2"#
            ]
        );
        let members = Members::read(text).unwrap();
        let names: Vec<_> = members.values(&["cookie"]).iter().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(names, ["big", "half", "nul", "spelt", "a"]);
    }

    #[test]
    fn a_difference_takes_out_replaces_in_place_and_appends() {
        let text = r#"{"a":1,"cookie":{},"b":2,"c":3}"#;
        let change = Change { removed: vec!["a".into(), "b".into()], ..set(r#"{"c":30,"b":20,"d":40}"#) };
        assert_eq!(merged(text, &change), [r#""cookie":{}"#, r#""c":30"#, r#""b":20"#, r#""d":40"#]);
        let cleared = Change { cleared: true, ..set(r#"{"x":1}"#) };
        assert_eq!(merged(r#"{"cookie":{},"\udfff":1,"a":1}"#, &cleared), [r#""cookie":{}"#, r#""x":1"#]);
        let reserved = Change { removed: vec!["cookie".into()], ..Change::default() };
        assert_eq!(merged(text, &reserved).len(), 4);
    }

    #[test]
    fn a_name_twice_is_its_last_value_in_its_first_place() {
        assert_eq!(merged(r#"{"a":1,"b":2,"\u0061":3}"#, &Change::default()), [r#""a":3"#, r#""b":2"#]);
    }

    #[test]
    fn an_object_that_is_wrapped_in_a_string_is_unwrapped() {
        for text in [r#""{\"a\":1}""#, " \n\"{\\\"a\\\":1}\""] {
            let members = Members::read(text).unwrap();
            assert_eq!(members.named().collect::<Vec<_>>(), [(Some("a"), "\"a\"", "1")], "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["[]", "null", "1", r#""text""#, r#""[]""#, "{", ""] {
            assert!(Members::read(text).is_err(), "{text}");
        }
    }
}
