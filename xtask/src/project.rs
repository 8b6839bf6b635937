//! Where the project is, and running cargo in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::{Error, Result};

use crate::signals::Signals;

/// The directory with the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    // `cargo run` says where this package is now; a program that is run without
    // cargo still knows where it was built.
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().unwrap_or(Path::new(".")).to_owned()
}

/// `cargo` with `arguments`, in the project, the same cargo that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(program);
    cargo.current_dir(root()).args(arguments);
    cargo
}

/// Builds the example that `selection` names to cargo, and says whether to go
/// on: not if we were asked to end meanwhile, from which cargo ends, too.
pub(crate) fn build_example(what: &str, selection: &[&str], signals: &Signals) -> Result<bool> {
    let built = cargo(&["build"]).args(selection).status();
    match built.is_ok_and(|status| status.success()) {
        true => Ok(true),
        false if signals.any() => Ok(false),
        false => Err(Error::new(format!("{what} does not build, see above"))),
    }
}
