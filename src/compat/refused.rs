//! Why a write was not made, in actix-session's words.

use std::fmt;

use actix_session::storage::{SaveError, UpdateError};

use crate::error::{SessionError, StoreError};
use crate::telemetry;

/// Why a write was not made.
#[derive(Debug)]
pub(super) enum Refused {
    /// A value cannot be stored.
    Unstorable(SessionError),
    /// The session's own browser has ended it by another request.
    Late,
    /// The store is broken.
    Broken(StoreError),
}

impl Refused {
    fn into_parts(self) -> (bool, anyhow::Error) {
        match self {
            // No handler has seen it, and the visitor is told nothing.
            Self::Unstorable(error) => {
                telemetry::failed(&error);
                (true, error.into())
            }
            Self::Late => (false, EndedMeanwhile.into()),
            Self::Broken(error) => (false, broken(error)),
        }
    }
}

/// A broken store, logged: actix-session answers `500`, and the log says why.
pub(super) fn broken(error: StoreError) -> anyhow::Error {
    let error = SessionError::from(error);
    telemetry::failed(&error);
    error.into()
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Broken(error)
    }
}

impl From<Refused> for anyhow::Error {
    fn from(refused: Refused) -> Self {
        refused.into_parts().1
    }
}

impl From<Refused> for SaveError {
    fn from(refused: Refused) -> Self {
        match refused.into_parts() {
            (true, error) => Self::Serialization(error),
            (false, error) => Self::Other(error),
        }
    }
}

impl From<Refused> for UpdateError {
    fn from(refused: Refused) -> Self {
        match refused.into_parts() {
            (true, error) => Self::Serialization(error),
            (false, error) => Self::Other(error),
        }
    }
}

/// What actix-session is told, so that it sets no cookie.
#[derive(Debug)]
struct EndedMeanwhile;

impl fmt::Display for EndedMeanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the session was signed out or renewed by another request meanwhile, so nothing was saved and the \
             browser's new cookie is left alone",
        )
    }
}

impl std::error::Error for EndedMeanwhile {}
