//! Where an example listens.

use std::error::Error;

/// What `PORT` says, 8080 without it; 0 for any port that is free.
pub(crate) fn port() -> Result<u16, Box<dyn Error>> {
    match std::env::var("PORT") {
        Ok(port) => port.parse().map_err(|_| format!("PORT: {port:?} is no port").into()),
        Err(_) => Ok(8080),
    }
}
