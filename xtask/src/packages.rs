//! Installing what is missing with the system's own package manager.
//!
//! Only where that works without a question: as root, through a `sudo` that
//! asks for no password, or with Homebrew, which needs neither. Everywhere
//! else the error is the command to type.

use std::process::{Command, Stdio};

use crate::command::{output, run, which};
use crate::{Error, Result, say};

/// What the packages of one thing are called by each package manager.
#[derive(Debug, Clone, Copy)]
pub struct Packages {
    /// Its name in sentences.
    pub what: &'static str,
    /// Debian, Ubuntu.
    pub apt: &'static [&'static str],
    /// Fedora and its relatives.
    pub dnf: &'static [&'static str],
    /// Alpine.
    pub apk: &'static [&'static str],
    /// Arch.
    pub pacman: &'static [&'static str],
    /// Homebrew.
    pub brew: &'static [&'static str],
}

/// A package manager this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `apt-get`.
    Apt,
    /// `dnf`.
    Dnf,
    /// `apk`.
    Apk,
    /// `pacman`.
    Pacman,
    /// `brew`.
    Brew,
}

/// The system's package manager, ready to be run with the rights it needs.
#[derive(Debug)]
pub struct Manager {
    kind: Kind,
    prefix: &'static [&'static str],
}

impl Manager {
    /// The package manager of this system; `packages` is for the error, which
    /// says how to install them by hand.
    pub fn find(packages: &Packages) -> Result<Self> {
        let what = packages.what;
        let Some(kind) = Kind::ALL.into_iter().find(|k| which(k.program()).is_some()) else {
            return Err(Error::new(format!(
                "{what} is not installed, and no package manager known here was found: \
                 install {what} yourself, then try again"
            )));
        };
        let Some(prefix) = kind.prefix() else {
            return Err(Error::new(format!(
                "{what} is not installed, and installing it takes rights this user has only \
                 with a password. Run `sudo {}`, then try again",
                kind.install(packages).join(" ")
            )));
        };
        Ok(Self { kind, prefix })
    }

    /// Which one it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Installs `packages`, saying so.
    pub fn install(&self, packages: &Packages) -> Result<()> {
        let words = self.kind.install(packages);
        say(&format!("installing {}: {}", packages.what, words.join(" ")));
        if let Some(refresh) = self.kind.refresh() {
            run(&mut self.command(refresh))?;
        }
        run(&mut self.command(&words))
    }

    /// `words` as a command with the rights that the manager itself runs with.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut all = self.prefix.iter().chain(words);
        let mut command = Command::new(all.next().copied().unwrap_or("true"));
        command.args(all);
        // Nobody is there to answer a package's questions.
        command.env("DEBIAN_FRONTEND", "noninteractive");
        // What installers print is not this program's output.
        command.stdout(Stdio::from(std::io::stderr()));
        command
    }
}

impl Kind {
    const ALL: [Self; 5] = [Self::Apt, Self::Dnf, Self::Apk, Self::Pacman, Self::Brew];

    fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Apk => "apk",
            Self::Pacman => "pacman",
            Self::Brew => "brew",
        }
    }

    /// What must come first on the command line for the manager to have its
    /// rights, or nothing when they cannot be had without a question.
    fn prefix(self) -> Option<&'static [&'static str]> {
        let is_root = || output(Command::new("id").arg("-u")).is_ok_and(|uid| uid == "0");
        let may_sudo = || output(Command::new("sudo").args(["-n", "true"])).is_ok();
        if self == Self::Brew || is_root() {
            Some(&[])
        } else if may_sudo() {
            Some(&["sudo", "-n"])
        } else {
            None
        }
    }

    fn refresh(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Apt => Some(&["apt-get", "update", "--quiet"]),
            Self::Dnf | Self::Apk | Self::Pacman | Self::Brew => None,
        }
    }

    fn install(self, packages: &Packages) -> Vec<&'static str> {
        let (verb, names): (&[&str], _) = match self {
            Self::Apt => (&["install", "--yes", "--quiet", "--no-install-recommends"], packages.apt),
            Self::Dnf => (&["install", "--assumeyes"], packages.dnf),
            Self::Apk => (&["add", "--no-cache"], packages.apk),
            Self::Pacman => (&["-S", "--noconfirm", "--needed"], packages.pacman),
            Self::Brew => (&["install"], packages.brew),
        };
        [&[self.program()], verb, names].concat()
    }
}
