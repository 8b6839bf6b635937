//! The browser that the tests of the quickstart drive.

use std::path::{Path, PathBuf};

use xtask::command::{is_executable, which};
use xtask::packages::{Manager, Packages};
use xtask::{Error, Result};

const CHROMIUM: Packages = Packages {
    what: "Chromium",
    apt: &["chromium", "chromium-driver"],
    dnf: &["chromium", "chromedriver"],
    apk: &["chromium", "chromium-chromedriver"],
    pacman: &["chromium"],
    brew: &["--cask", "chromium", "chromedriver"],
};

/// Chromium and the program that remote-controls it.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

impl Browser {
    /// The browser of this machine; installs one if there is none.
    pub(crate) fn find_or_install() -> Result<Self> {
        if let Some(browser) = Self::find() {
            return Ok(browser);
        }
        Manager::find(&CHROMIUM)?.install(&CHROMIUM)?;
        Self::find().ok_or_else(|| {
            Error::new(
                "the browser tests need chromium and chromedriver, which were installed but \
                 are not on PATH: set CHROMIUM and CHROMEDRIVER to their paths",
            )
        })
    }

    fn find() -> Option<Self> {
        let chromium = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        Some(Self {
            chromium: program("CHROMIUM", &chromium, &[])?,
            chromedriver: program("CHROMEDRIVER", &["chromedriver"], &["/usr/lib/chromium/chromedriver"])?,
        })
    }
}

/// What `variable` names, else one of `names` on `PATH`, else one of `places`.
fn program(variable: &str, names: &[&str], places: &[&str]) -> Option<PathBuf> {
    let chosen = std::env::var_os(variable).map(PathBuf::from);
    let on_path = || names.iter().find_map(|name| which(name));
    let elsewhere = || {
        let mut places = places.iter().map(Path::new);
        places.find(|p| is_executable(p)).map(Path::to_owned)
    };
    chosen.filter(|path| is_executable(path)).or_else(on_path).or_else(elsewhere)
}
