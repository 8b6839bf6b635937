//! Steps of a read-modify-write, made of callers' closures.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::SessionError;
use crate::json;
use crate::record::decode;

/// From the stored JSON, if there is any, to the new one; `None` leaves it alone.
///
/// A step is kept because it may run again, on a fresher value, when another writer came first.
pub(crate) type Step =
    Box<dyn FnMut(Option<&RawValue>) -> Result<Option<Box<RawValue>>, SessionError> + Send>;

/// Changes a value that is there.
pub(crate) fn if_present<T, F>(name: &str, limit: usize, mut f: F) -> Step
where
    T: Serialize + DeserializeOwned,
    F: FnMut(T) -> T + Send + 'static,
{
    let name = name.to_owned();
    Box::new(move |stored| {
        let Some(stored) = stored else { return Ok(None) };
        let value = f(decode(&name, stored)?);
        encode(&name, &value, limit).map(Some)
    })
}

/// Changes a value that is there, or puts `default` there.
pub(crate) fn or_insert<T, F>(name: &str, default: &T, limit: usize, f: F) -> Result<Step, SessionError>
where
    T: Serialize + DeserializeOwned,
    F: FnMut(T) -> T + Send + 'static,
{
    let default = encode(name, default, limit)?;
    let mut change = if_present(name, limit, f);
    Ok(Box::new(move |stored| match stored {
        Some(_) => change(stored),
        None => Ok(Some(default.clone())),
    }))
}

/// Changes a value that is there, or the type's default.
pub(crate) fn or_default<T, F>(name: &str, limit: usize, mut f: F) -> Step
where
    T: Serialize + DeserializeOwned + Default,
    F: FnMut(&mut T) + Send + 'static,
{
    let name = name.to_owned();
    Box::new(move |stored| {
        let stored = stored.map(|raw| decode(&name, raw)).transpose()?;
        let mut value = stored.unwrap_or_default();
        f(&mut value);
        encode(&name, &value, limit).map(Some)
    })
}

/// Serializes a value that is to stand under `name`, or says why it cannot.
pub(crate) fn encode<V: Serialize + ?Sized>(
    name: &str,
    value: &V,
    limit: usize,
) -> Result<Box<RawValue>, SessionError> {
    json::check_name(name)
        .and_then(|()| json::encode(value, limit))
        .map_err(|reason| SessionError::unstorable(name, reason))
}
