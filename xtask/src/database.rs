//! The demo's database: the one the person named, or a private one.

use std::path::PathBuf;
use std::process::Command;

use xtask::command::which;
use xtask::postgres::{Cluster, Mode, Programs, server_can_reach};
use xtask::{Error, Result, say};

use crate::compose::{self, Compose};
use crate::given;

/// The private database's name.
const NAME: &str = "demo";

/// The port a private server prefers: not 5432, where another may be.
const PORT: u16 = 15_432;

/// A database for the demo, running.
pub(crate) enum Database {
    /// What `DATABASE_URL` says.
    Given(String),
    /// A server of our own, in a directory that is kept between runs.
    Private(Box<Cluster>),
    /// A container.
    Container(Compose),
}

impl Database {
    /// The first of these that works, saying which: `DATABASE_URL`; a private
    /// server from installed programs; the same after installing them; a
    /// container.
    pub(crate) fn open() -> Result<Self> {
        if let Ok(url) = std::env::var("DATABASE_URL") {
            say("using the database in DATABASE_URL");
            if let Ok(psql) = psql() {
                given::ensure_exists(&psql, &url)?;
            }
            return Ok(Self::Given(url));
        }
        let missing = match Programs::find_or_install() {
            Ok(_) => return Self::private(),
            Err(missing) => missing,
        };
        say("no PostgreSQL here, trying Docker");
        Compose::up().map(Self::Container).map_err(|error| {
            Error::new(format!(
                "{missing}. Docker would do, too ({error}), or any database that DATABASE_URL \
                 names"
            ))
        })
    }

    fn private() -> Result<Self> {
        let directory = directory()?;
        let place = directory.display();
        match directory.join("data").is_dir() {
            true => say(&format!("using the private PostgreSQL in {place}")),
            false => say(&format!("creating a private PostgreSQL in {place}")),
        }
        let cluster = Cluster::persistent(&directory, PORT)?;
        if !cluster.is_ours() {
            say("it runs already, started by another demo");
        }
        let exists = format!("select count(*) from pg_database where datname = '{NAME}'");
        if cluster.psql("postgres", &exists)? == "0" {
            cluster.create_database(NAME)?;
        }
        Ok(Self::Private(Box::new(cluster)))
    }

    /// The URL for the application.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Given(url) => url.clone(),
            Self::Private(cluster) => cluster.url(NAME),
            Self::Container(_) => compose::URL.to_owned(),
        }
    }

    /// psql, connected to this database.
    pub(crate) fn psql(&self) -> Command {
        let url = match self {
            Self::Given(url) => url.clone(),
            Self::Private(cluster) => cluster.libpq_url(NAME),
            Self::Container(_) => compose::URL.to_owned(),
        };
        match (psql(), self) {
            (Err(_), Self::Container(_)) => Compose::psql(),
            (found, _) => {
                let mut command = Command::new(found.unwrap_or_else(|_| "psql".into()));
                command.arg(url);
                command
            }
        }
    }

    /// What Ctrl-C leaves, as a sentence without its full stop.
    pub(crate) fn what_stays(&self) -> String {
        match self {
            Self::Private(cluster) => {
                format!("Ctrl-C ends it; its data stay in {}", cluster.directory().display())
            }
            Self::Given(_) | Self::Container(_) => "Ctrl-C ends it; its data stay".to_owned(),
        }
    }

    /// Stops what was started. The data stay.
    pub(crate) fn close(self) -> Result<()> {
        match self {
            Self::Private(cluster) if cluster.is_ours() => {
                say("stopping PostgreSQL, the data stay");
                cluster.stop(Mode::Fast)
            }
            Self::Container(container) => container.down(),
            Self::Given(_) | Self::Private(_) => Ok(()),
        }
    }
}

/// `psql` if that suffices to start it, otherwise its path.
fn psql() -> Result<PathBuf> {
    match which("psql") {
        Some(_) => Ok("psql".into()),
        None => Programs::find().map(|programs| programs.bin("psql")),
    }
}

/// Where the private server lives: with the person's other data, unless this is
/// root, whose home the server's user cannot enter.
fn directory() -> Result<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from);
    let data = absolute("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| Some(absolute("HOME")?.join(".local/share")))
        .ok_or_else(|| Error::new("neither XDG_DATA_HOME nor HOME is set: set one of them"))?;
    let directory = data.join("actix-pg-session/demo");
    Ok(match server_can_reach(&directory)? {
        true => directory,
        false => PathBuf::from("/var/lib/actix-pg-session/demo"),
    })
}
