//! Where the project is, and running cargo in it.

use std::path::{Path, PathBuf};
use std::process::Command;

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
