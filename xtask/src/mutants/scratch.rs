//! A copy of the project, in which things may be broken.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::command::output;
use xtask::{OrSay, Result};

use crate::project::root;

/// The copy. It shares the project's folder of build products, so that what others wrote is built once; what we wrote
/// is built here without what a debugger would want, which makes it faster and smaller.
pub(super) struct Scratch(PathBuf);

const CONFIG: &str = "\
[build]
target-dir = \"../..\"

[profile.dev.package.actix-pg-session]
debug = false
strip = \"debuginfo\"
";

impl Scratch {
    /// Makes the copy, or brings it up to date. What is the same is not written: cargo goes by when a file was.
    pub(super) fn of_project() -> Result<Self> {
        let place = root().join("target/mutants/tree");
        let mut git = Command::new("git");
        git.current_dir(root()).args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
        let listed = output(&mut git)?;
        let mut wanted = BTreeSet::new();
        for file in listed.split('\0').filter(|file| !file.is_empty()) {
            // One that was deleted and not committed is listed all the same.
            if let Ok(bytes) = fs::read(root().join(file)) {
                write(&place.join(file), &bytes)?;
                wanted.insert(place.join(file));
            }
        }
        let config = place.join(".cargo/config.toml");
        write(&config, CONFIG.as_bytes())?;
        wanted.insert(config);
        for folder in ["src", "tests", "migrations", "examples", "mutants"] {
            remove_others(&place.join(folder), &wanted)?;
        }
        Ok(Self(place))
    }

    pub(super) fn place(&self) -> &Path {
        &self.0
    }

    /// Puts these texts in place of those of the files, until what is answered is dropped.
    pub(super) fn changed(&self, texts: Vec<(String, String)>) -> Result<Changed> {
        let mut changed = Changed(Vec::new());
        for (file, text) in texts {
            let path = self.0.join(file);
            let before = fs::read(&path).or_say(|| format!("cannot read {}", path.display()))?;
            changed.0.push((path.clone(), before));
            write(&path, text.as_bytes())?;
        }
        Ok(changed)
    }
}

/// Files that are to be put back as they were.
pub(super) struct Changed(Vec<(PathBuf, Vec<u8>)>);

impl Drop for Changed {
    fn drop(&mut self) {
        for (path, before) in &self.0 {
            // If not now, then by the next copy.
            let _ = fs::write(path, before);
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let failed = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).or_say(failed)?;
    }
    fs::write(path, bytes).or_say(failed)
}

/// Takes out what the project has no more.
fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            remove_others(&path, wanted)?;
        } else if !wanted.contains(&path) {
            fs::remove_file(&path).or_say(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
