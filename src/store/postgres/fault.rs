//! What an error of sqlx means to the store.

use std::fmt;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use crate::error::StoreError;

/// Any error is a broken store: that a row is not there is no error in SQL.
pub(in crate::store) fn store_error(error: sqlx::Error) -> StoreError {
    StoreError::failed(error)
}

pub(in crate::store) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

/// The address is none. It is not repeated, since a password may be in it.
pub(in crate::store) fn no_address(error: sqlx::Error) -> StoreError {
    let sentence =
        "this is no address of a PostgreSQL database, such as postgres://user:password@host:5432/name";
    StoreError::failed(Told { sentence: sentence.into(), source: error })
}

/// The first connection failed. Where to is said, since that is what is most often wrong.
pub(in crate::store) fn not_connected(
    to: &PgConnectOptions,
    waited: Duration,
    error: sqlx::Error,
) -> StoreError {
    let database = to.get_database().unwrap_or(to.get_username());
    let sentence = format!(
        "cannot connect to PostgreSQL at {}:{}, database {database:?}, as {:?}",
        to.get_host(),
        to.get_port(),
        to.get_username(),
    );
    match error {
        // sqlx tries again while the connection is refused, and forgets why it did.
        sqlx::Error::PoolTimedOut => StoreError::failed(format!(
            "{sentence}: nobody let us in within {} seconds; does it run there?",
            waited.as_secs()
        )),
        source => StoreError::failed(Told { sentence, source }),
    }
}

/// An error of sqlx with words for whoever starts the application.
#[derive(Debug)]
struct Told {
    sentence: String,
    source: sqlx::Error,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.sentence, self.source)
    }
}

impl std::error::Error for Told {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
