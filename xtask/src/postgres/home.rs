//! The directory a cluster lives in.
//!
//! `data` is PostgreSQL's own. Beside it lie the server's `log` and `pgpass`,
//! the generated password in the form that psql and libpq read, for the owner
//! alone. The whole directory belongs to the server's user and nobody else can
//! enter it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::pidfile::PidFile;
use super::programs::Programs;
use super::random;
use super::server_user::ServerUser;
use crate::command::output;
use crate::{Error, OrSay, Result};

/// The superuser of every cluster.
pub(super) const SUPERUSER: &str = "postgres";

/// How the server checks the password over the network.
#[derive(Debug, Clone, Copy)]
pub(super) enum Auth {
    /// Without ever sending it.
    Scram,
    /// By sending it. Tests connect hundreds of times, and an unoptimised
    /// client takes noticeably long over SCRAM's four thousand hashes; on the
    /// loopback interface of a server that lives for seconds it buys nothing.
    Password,
}

/// A directory with a cluster in it.
#[derive(Debug)]
pub(super) struct Home {
    directory: PathBuf,
    user: ServerUser,
}

impl Home {
    /// A new directory below the system's temporary one.
    pub(super) fn temporary(user: ServerUser) -> Result<Self> {
        let places = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
        let Some(place) = places.iter().find(|p| user.can_reach(p)) else {
            return Err(Error::new("the server's user can reach no temporary directory: set TMPDIR to one"));
        };
        let name = format!("actix-pg-session-{}", random::hex::<8>()?);
        let home = Self { directory: place.join(name), user };
        home.create()?;
        Ok(home)
    }

    /// The directory `directory`, created if it is missing.
    pub(super) fn at(directory: &Path, user: ServerUser) -> Result<Self> {
        let directory = std::path::absolute(directory)
            .or_say(|| format!("cannot use the directory {}", directory.display()))?;
        let home = Self { directory, user };
        if !home.directory.is_dir() {
            if let Some(parent) = home.directory.parent() {
                std::fs::create_dir_all(parent).or_say(|| format!("cannot create {}", parent.display()))?;
            }
            home.create()?;
        }
        Ok(home)
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    pub(super) fn pgpass(&self) -> PathBuf {
        self.directory.join("pgpass")
    }

    pub(super) fn user(&self) -> ServerUser {
        self.user
    }

    /// The superuser's password. Creates the cluster if this directory has
    /// none yet; otherwise makes sure that `programs` can run the one it has.
    pub(super) fn open(&self, programs: &Programs, auth: Auth) -> Result<String> {
        // A new start, a new log: the old one has been read or never will be.
        // But somebody else's server may be running and writing to it.
        if PidFile::read(&self.data()).is_none() {
            self.write("log", "")?;
        }
        let Ok(version) = std::fs::read_to_string(self.data().join("PG_VERSION")) else {
            return self.initialise(programs, auth);
        };
        let (version, major) = (version.trim(), programs.major());
        if version != major.to_string() {
            return Err(Error::new(format!(
                "the data in {} belong to PostgreSQL {version}, but the programs in {} are \
                 version {major}: install PostgreSQL {version}, or delete the directory to \
                 begin anew",
                self.directory.display(),
                programs.directory().display()
            )));
        }
        let pgpass = std::fs::read_to_string(self.pgpass()).unwrap_or_default();
        match pgpass.trim().rsplit_once(':') {
            Some((_, password)) => Ok(password.to_owned()),
            None => Err(Error::new(format!(
                "{} should hold the database's password, but cannot be read: delete the \
                 directory {} to begin anew",
                self.pgpass().display(),
                self.directory.display()
            ))),
        }
    }

    /// Creates the cluster under another name first: one that was interrupted
    /// half-way must not pass for one that is there.
    fn initialise(&self, programs: &Programs, auth: Auth) -> Result<String> {
        let password = random::hex::<16>()?;
        let half_way = self.directory.join("data.new");
        let _ = std::fs::remove_dir_all(&half_way);
        self.write("pgpass", &format!("*:*:*:{SUPERUSER}:{password}\n"))?;
        let for_initdb = self.write("password", &password)?;
        self.user.owns(&for_initdb)?;

        let mut initdb = programs.command("initdb");
        initdb.current_dir(&self.directory);
        initdb.args(["--encoding=UTF8", "--no-sync", "--username", SUPERUSER]);
        initdb.arg(match auth {
            Auth::Scram => "--auth=scram-sha-256",
            Auth::Password => "--auth=password",
        });
        // Only Linux has this locale everywhere.
        initdb.arg(match cfg!(target_os = "linux") {
            true => "--locale=C.UTF-8",
            false => "--locale=C",
        });
        initdb.arg("--pwfile").arg(&for_initdb);
        initdb.arg("--pgdata").arg(&half_way);
        self.user.runs(&mut initdb);
        let created = output(&mut initdb);

        let _ = std::fs::remove_file(&for_initdb);
        created?;
        std::fs::rename(&half_way, self.data())
            .or_say(|| format!("cannot move {} into place", half_way.display()))?;
        Ok(password)
    }

    /// The last lines of the server's log.
    pub(super) fn log_tail(&self) -> String {
        let log = std::fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// The log, open for the server to write to.
    pub(super) fn open_log(&self) -> Result<File> {
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(self.log())
            .or_say(|| format!("cannot write to {}", self.log().display()))
    }

    pub(super) fn delete(&self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }

    fn create(&self) -> Result<()> {
        DirBuilder::new()
            .mode(0o700)
            .create(&self.directory)
            .or_say(|| format!("cannot create {}", self.directory.display()))?;
        self.user.owns(&self.directory)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.directory.join(name);
        OpenOptions::new()
            .mode(0o600)
            .create(true)
            .truncate(true)
            .write(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .or_say(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}
