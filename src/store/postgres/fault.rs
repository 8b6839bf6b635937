//! What an error of sqlx means to the store.

use crate::error::StoreError;

/// Any error is a broken store: that a row is not there is no error in SQL.
pub(super) fn store_error(error: sqlx::Error) -> StoreError {
    StoreError::failed(error)
}

pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}
