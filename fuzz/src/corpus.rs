//! Inputs that are kept: a file each, in a folder for each target.

use std::path::PathBuf;

/// Where a target's are.
#[must_use]
pub fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// A target's, with their names, in the order of these.
///
/// # Panics
///
/// When they cannot be read: without them, next to nothing would be tried.
#[must_use]
pub fn of(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = folder(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<_> = files
        .map(|file| {
            let path = file.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
            let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes)
        })
        .collect();
    inputs.sort();
    inputs
}
