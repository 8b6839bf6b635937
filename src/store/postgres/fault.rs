//! What an error of sqlx means to the store.

use std::fmt;
use std::sync::Arc;
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

/// An error that several calls have in common, since they were sent as one statement.
pub(super) fn shared(error: &Arc<sqlx::Error>) -> StoreError {
    StoreError::failed(Shared(Arc::clone(error)))
}

#[derive(Debug)]
struct Shared(Arc<sqlx::Error>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

/// Whether PostgreSQL has refused something that one call brought, so that others may fare better: a value
/// (class 22), a constraint (23), a limit of the program (54), or a trigger's objection (P0).
pub(super) fn is_fault_of_a_value(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["22", "23", "54", "P0"].iter().any(|class| code.starts_with(class)))
}

/// Whether others came first, so that the same may succeed now: a deadlock (40P01), or a row that has moved
/// meanwhile (40001).
pub(super) fn has_lost_a_race(error: &sqlx::Error) -> bool {
    has_code(error, &["40P01", "40001"])
}

/// Whether somebody else holds the row that was not to be waited for (55P03).
pub(super) fn is_held(error: &sqlx::Error) -> bool {
    has_code(error, &["55P03"])
}

/// Whether the connection leads to a server that takes no writes (25006), as one does whose place another has taken.
/// A new one may lead to that.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    has_code(error, &["25006"])
}

/// Whether the connection knows a table as it was before somebody changed it: "cached plan must not change result
/// type" (0A000). A new one does not. Nothing was carried out.
pub(super) fn has_an_old_plan(error: &sqlx::Error) -> bool {
    has_code(error, &["0A000"])
}

/// Whether the same may succeed now, or on another connection.
pub(super) fn is_worth_another_try(error: &sqlx::Error) -> bool {
    has_lost_a_race(error) || has_an_old_plan(error)
}

pub(super) fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| codes.contains(&&*code))
}

/// How often one call has been sent in vain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tries(u8);

impl Tries {
    /// Who loses so often does not lose by chance.
    const MOST: u8 = 8;

    /// Whether it is worth another one.
    pub(super) fn one_more(&mut self) -> bool {
        self.0 += 1;
        self.0 < Self::MOST
    }
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
