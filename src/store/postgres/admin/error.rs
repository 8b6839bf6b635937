//! What can go wrong when an administrator asks.

use std::fmt;
use std::time::Duration;

use crate::error::StoreError;
use crate::store::postgres::fault::store_error;

/// An administrator's question that was not answered.
pub struct AdminError(Kind);

enum Kind {
    TooSlow(Duration),
    Unreadable(String),
    Store(StoreError),
}

/// The words of [`Display`](fmt::Display).
impl fmt::Debug for AdminError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl AdminError {
    /// What an error of a statement means that was given so much time.
    pub(super) fn of(error: sqlx::Error, limit: Duration) -> Self {
        let database = error.as_database_error();
        let code = database.and_then(|error| error.code()).unwrap_or_default();
        Self(match (&*code, database) {
            // Cancelled, or kept from a row for as long.
            ("57014" | "55P03", _) => Kind::TooSlow(limit),
            // What was typed is not JSON (22P02), no path (42601), or no text (22021); there are a few more of
            // the kind.
            (code, Some(error)) if code.starts_with("22") || code == "42601" => {
                Kind::Unreadable(error.message().to_owned())
            }
            _ => Kind::Store(store_error(error)),
        })
    }

    /// It took longer than [`statement_timeout`](super::Admin::statement_timeout), and was given up. Ask for
    /// less: an owner, or sessions that began lately.
    pub fn is_too_slow(&self) -> bool {
        matches!(self.0, Kind::TooSlow(_))
    }

    /// The filter is none: a path, JSON or text that PostgreSQL cannot read.
    pub fn is_unreadable_filter(&self) -> bool {
        matches!(self.0, Kind::Unreadable(_))
    }
}

impl fmt::Display for AdminError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::TooSlow(limit) => write!(
                f,
                "given up after {} seconds, so that visitors are not slowed down; ask for an owner, or for sessions \
                 that began lately",
                limit.as_secs_f64()
            ),
            Kind::Unreadable(why) => write!(f, "PostgreSQL cannot read this filter: {why}"),
            Kind::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AdminError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Store(error) => Some(error),
            Kind::TooSlow(_) | Kind::Unreadable(_) => None,
        }
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self(Kind::Store(error))
    }
}
