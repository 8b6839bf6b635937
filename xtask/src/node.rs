//! Node.js, for what this project shows and tests beside Express.
//!
//! The packages that the Express half needs are named, with their versions and
//! checksums, by the lockfile in `examples/express`. They are installed there
//! by npm, when somebody first needs them and whenever the lockfile changes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{output, which};
use crate::packages::{Manager, Packages};
use crate::{Error, OrSay, Result, say};

/// The oldest Node.js that is good enough: Express 5 runs on none before.
const OLDEST: u32 = 18;

const NODE: Packages = Packages {
    what: "Node.js",
    apt: &["nodejs", "npm"],
    dnf: &["nodejs", "npm"],
    apk: &["nodejs", "npm"],
    pacman: &["nodejs", "npm"],
    brew: &["node"],
};

/// The program `node`. Where it or npm is missing, the system's package manager
/// installs both.
pub fn program() -> Result<PathBuf> {
    if which("node").is_none() || which("npm").is_none() {
        Manager::find(&NODE)?.install(&NODE)?;
    }
    let node = which("node").ok_or_else(|| {
        Error::new("Node.js was installed, but its program node is not on PATH: add its directory")
    })?;
    let version = output(Command::new(&node).arg("--version"))?;
    match major(&version) {
        Some(major) if major >= OLDEST => Ok(node),
        _ => Err(Error::new(format!(
            "{} is Node.js {version}, but {OLDEST} or newer is needed: put a newer one before it \
             on PATH",
            node.display()
        ))),
    }
}

/// The directory `node_modules` in `examples/express`, holding what the
/// lockfile says.
///
/// Any number of threads and processes may ask at once: one installs, the
/// others wait for it.
pub fn modules() -> Result<PathBuf> {
    let project = project();
    let modules = project.join("node_modules");
    let lockfile = project.join("package-lock.json");
    let cannot_read = || format!("cannot read {}", lockfile.display());

    // The lockfile is itself what is locked: it is there, and npm leaves it be.
    let lock = File::open(&lockfile).or_say(cannot_read)?;
    lock.lock().or_say(|| format!("cannot lock {}", lockfile.display()))?;
    let wanted = std::fs::read(&lockfile).or_say(cannot_read)?;

    // npm begins by deleting the directory, and the copy goes in last. So an
    // installation that was interrupted is none.
    let copy = modules.join(".installed-from");
    if std::fs::read(&copy).is_ok_and(|installed| installed == wanted) {
        return Ok(modules);
    }
    program()?;
    say("installing Express and its session store: npm ci");
    // Nothing here is built at installation, so no package may run anything.
    let words = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
    output(Command::new("npm").args(words).current_dir(&project))?;
    std::fs::write(&copy, wanted).or_say(|| format!("cannot write {}", copy.display()))?;
    Ok(modules)
}

/// Where `package.json` is.
fn project() -> PathBuf {
    // Not what cargo says at run time: that is the package of whoever asks.
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).join("examples/express")
}

/// The 20 in `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(super::major("v20.20.2"), Some(20));
        assert_eq!(super::major("v24.0.0-nightly"), Some(24));
        assert_eq!(super::major("command not found"), None);
    }
}
