//! Names of session values: plain strings, or [`Key`]s that know their type.

use std::fmt;
use std::marker::PhantomData;

/// A name that knows the type of its value.
///
/// Declared once, it keeps the handlers of an application from disagreeing about what a name holds:
///
/// ```
/// use actix_pg_session::{Key, Session, SessionError};
///
/// const VISITS: Key<u32> = Key::new("visits");
///
/// fn count(session: &Session) -> Result<u32, SessionError> {
///     session.update_or(VISITS, 1, |n| n + 1)?;
///     Ok(session.get(VISITS)?.unwrap_or_default())
/// }
/// ```
///
/// Everywhere a `Key` is taken, a plain `&str` is taken too; then the type is the caller's word.
pub struct Key<T: ?Sized> {
    name: &'static str,
    value: PhantomData<fn() -> Box<T>>,
}

impl<T: ?Sized> Key<T> {
    /// A key of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, value: PhantomData }
    }

    /// The name under which the value stands in the row's `data`.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<T: ?Sized> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Key<T> {}

impl<T: ?Sized> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?}: {})", self.name, std::any::type_name::<T>())
    }
}

/// A name under which a `T` can be read.
///
/// A plain string names any type; a [`Key<T>`] names only its own.
pub trait KeyOf<T> {
    /// The name in the row's `data`.
    fn name(&self) -> &str;
}

impl<T> KeyOf<T> for &str {
    fn name(&self) -> &str {
        self
    }
}

impl<T> KeyOf<T> for &String {
    fn name(&self) -> &str {
        self
    }
}

impl<T> KeyOf<T> for Key<T> {
    fn name(&self) -> &str {
        self.name
    }
}

/// A name under which a `V` can be written.
///
/// A [`Key<T>`] takes a `T` or a `&T`; a plain string takes anything.
pub trait KeyFor<V> {
    /// The name in the row's `data`.
    fn name(&self) -> &str;
}

impl<V> KeyFor<V> for &str {
    fn name(&self) -> &str {
        self
    }
}

impl<V> KeyFor<V> for String {
    fn name(&self) -> &str {
        self
    }
}

impl<V> KeyFor<V> for &String {
    fn name(&self) -> &str {
        self
    }
}

impl<T> KeyFor<T> for Key<T> {
    fn name(&self) -> &str {
        self.name
    }
}

impl<T: ?Sized> KeyFor<&T> for Key<T> {
    fn name(&self) -> &str {
        self.name
    }
}

impl KeyFor<&str> for Key<String> {
    fn name(&self) -> &str {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CART: Key<String> = Key::new("cart");

    fn read<T>(key: impl KeyOf<T>) -> String {
        key.name().to_owned()
    }

    fn written<V>(key: impl KeyFor<V>, _: V) -> String {
        key.name().to_owned()
    }

    #[test]
    fn every_kind_of_key_has_its_own_name() {
        let owned = "cart".to_owned();
        let names = [
            CART.name().to_owned(),
            read::<u8>("cart"),
            read::<u8>(&owned),
            read::<String>(CART),
            written("cart", 1),
            written(owned.clone(), 1),
            written(&owned, 1),
            written(CART, String::new()),
            written(CART, &String::new()),
            written(CART, "a book"),
        ];
        assert!(names.iter().all(|name| name == "cart"), "{names:?}");
        assert_eq!(format!("{CART:?}"), r#"Key("cart": alloc::string::String)"#);
    }
}
