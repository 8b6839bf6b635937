//! Telling the person at the terminal what is being done for them.

use std::io::Write;

/// Writes one line to standard error, marked as the tool's own.
///
/// A closed terminal is no reason to fail half-way, so what cannot be written
/// is dropped; `eprintln!` would panic.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "dev: {line}");
}
