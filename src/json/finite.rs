//! A walk through a value that writes nothing and stops at NaN or an infinity.
//!
//! `serde_json` writes these as `null`, so the text alone cannot tell that something was lost.

use std::fmt;

use serde::ser::{self, Serialize};

use super::Unstorable;

pub(super) fn check<T: Serialize + ?Sized>(value: &T) -> Result<(), Unstorable> {
    value.serialize(Walk { depth: 0 }).map_err(|stop| match stop {
        Stop::NotFinite => Unstorable::NotFinite,
        Stop::TooDeep => Unstorable::TooDeep,
        Stop::Custom(text) => Unstorable::Serialize(text.into()),
    })
}

/// Far beyond what the text check allows, and well within any stack: a value that nests for ever
/// must not get as far as the text.
const STACK_GUARD: usize = 2 * super::MAX_DEPTH;

#[derive(Clone, Copy)]
struct Walk {
    depth: usize,
}

impl Walk {
    fn into_inner(self) -> Result<Self, Stop> {
        if self.depth == STACK_GUARD {
            return Err(Stop::TooDeep);
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

#[derive(Debug)]
enum Stop {
    NotFinite,
    TooDeep,
    Custom(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Stop {}

impl ser::Error for Stop {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::Custom(text.to_string())
    }
}

/// Leaves that cannot hold a number that JSON lacks.
macro_rules! harmless {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, _: $type) -> Result<(), Stop> { Ok(()) })*
    };
}

impl ser::Serializer for Walk {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    harmless! {
        serialize_bool: bool,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_char: char, serialize_str: &str, serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn serialize_f32(self, value: f32) -> Result<(), Stop> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Stop> {
        if value.is_finite() { Ok(()) } else { Err(Stop::NotFinite) }
    }

    fn serialize_none(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        value.serialize(self.into_inner()?)
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(self.into_inner()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        value.serialize(self.into_inner()?)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Stop> {
        self.into_inner()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Stop> {
        self.into_inner()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Stop> {
        self.into_inner()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Stop> {
        self.into_inner()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Stop> {
        self.into_inner()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Stop> {
        self.into_inner()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Stop> {
        self.into_inner()
    }
}

/// The compound kinds all do the same: walk into each part.
macro_rules! walk_into {
    ($($kind:ident: $method:ident($($name:ty)?)),* $(,)?) => {
        $(impl ser::$kind for Walk {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Result<(), Stop> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Stop> {
                Ok(())
            }
        })*
    };
}

walk_into! {
    SerializeSeq: serialize_element(),
    SerializeTuple: serialize_element(),
    SerializeTupleStruct: serialize_field(),
    SerializeTupleVariant: serialize_field(),
    SerializeStruct: serialize_field(&'static str),
    SerializeStructVariant: serialize_field(&'static str),
}

impl ser::SerializeMap for Walk {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Stop> {
        key.serialize(*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::{Serialize, Serializer};

    use super::*;

    #[derive(Serialize)]
    struct Meters(f64);

    #[derive(Serialize)]
    enum Size {
        Wide(f64),
    }

    /// What serde calls a map, with any key.
    struct Pair<K, V>(K, V);

    impl<K: Serialize, V: Serialize> Serialize for Pair<K, V> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([(&self.0, &self.1)])
        }
    }

    fn is_not_finite(value: impl Serialize) -> bool {
        matches!(check(&value), Err(Unstorable::NotFinite))
    }

    #[test]
    fn no_wrapping_hides_what_is_no_number() {
        assert!(is_not_finite(f32::NAN) && !is_not_finite(0.5_f32));
        assert!(is_not_finite(Meters(f64::NAN)) && !is_not_finite(Meters(0.5)));
        assert!(is_not_finite(Size::Wide(f64::INFINITY)) && !is_not_finite(Size::Wide(0.5)));
        assert!(is_not_finite(Pair("a", f64::NAN)) && is_not_finite(Pair(f64::NAN, "a")));
        assert!(!is_not_finite(Pair("a", 0.5)));
    }

    /// So many layers, none of which shows in the text.
    struct Layers(usize);

    impl Serialize for Layers {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                0 => serializer.serialize_unit(),
                more => serializer.serialize_some(&Self(more - 1)),
            }
        }
    }

    #[test]
    fn the_walk_ends_where_the_text_would_have_been_refused_twice_over() {
        assert!(check(&Layers(2 * super::super::MAX_DEPTH)).is_ok());
        for layers in [2 * super::super::MAX_DEPTH + 1, usize::MAX] {
            assert!(matches!(check(&Layers(layers)), Err(Unstorable::TooDeep)), "{layers}");
        }
    }
}
