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
