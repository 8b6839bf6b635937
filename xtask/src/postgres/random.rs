//! Randomness for names and passwords, without a dependency.

use std::fs::File;
use std::io::Read;

use crate::{OrSay, Result};

/// `N` random bytes from the kernel.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .or_say(|| "cannot read /dev/urandom".to_owned())?;
    Ok(bytes)
}

/// `N` random bytes, spelled in hexadecimal.
pub(super) fn hex<const N: usize>() -> Result<String> {
    Ok(bytes::<N>()?.iter().map(|b| format!("{b:02x}")).collect())
}
