//! What happens when the database fails: the log learns everything, the visitor that it was us.

use std::fmt::Display;

use actix_web::error::ErrorServiceUnavailable;

pub(crate) fn trouble(error: impl Display) -> actix_web::Error {
    eprintln!("error: {error}");
    ErrorServiceUnavailable("Something is broken on our side. Please try again in a moment.")
}
