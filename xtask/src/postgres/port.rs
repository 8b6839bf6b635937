//! Choosing a TCP port.
//!
//! From below the range that systems hand out to outgoing connections: a
//! server that is stopped for a moment in a test must find its port again.

use std::net::{Ipv4Addr, TcpListener};

use super::random;
use crate::{Error, Result};

const FIRST: u16 = 15_000;
const COUNT: u16 = 15_000;

/// Whether nothing listens on `port` of 127.0.0.1.
pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// A port that was free a moment ago. Somebody may still be faster.
pub(super) fn any_free() -> Result<u16> {
    for _ in 0..100 {
        let port = FIRST + u16::from_le_bytes(random::bytes()?) % COUNT;
        if is_free(port) {
            return Ok(port);
        }
    }
    Err(Error::new(format!("no free TCP port on 127.0.0.1 between {FIRST} and {}", FIRST + COUNT)))
}
