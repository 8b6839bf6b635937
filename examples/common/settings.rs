//! Settings from the environment.

/// A variable that must be there.
pub(crate) fn required(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|error| format!("{name}: {error}"))
}
