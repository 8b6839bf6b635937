//! A PostgreSQL server of one's own.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::home::{Auth, Home, SUPERUSER};
use super::launch::{Mode, Plan, Server};
use super::programs::Programs;
use super::server_user::ServerUser;
use super::url;
use crate::command::output;
use crate::{Error, Result};

/// What makes a server fast that nobody will miss when the machine crashes.
/// Not `synchronous_commit=off`: what was committed must survive
/// [`Mode::Immediate`], as it would in earnest.
const FOR_SPEED: [(&str, &str); 4] =
    [("fsync", "off"), ("full_page_writes", "off"), ("max_connections", "300"), ("shared_buffers", "64MB")];

/// A PostgreSQL server of one's own, with its superuser `postgres`.
///
/// Dropping it stops the server if it was started here, and deletes an
/// ephemeral cluster. All methods take `&self`, so a cluster can be shared
/// between threads or kept in a static.
pub struct Cluster {
    programs: Programs,
    home: Home,
    password: String,
    settings: Vec<(String, String)>,
    is_ephemeral: bool,
    state: Mutex<State>,
}

/// What changes in a cluster's life.
pub(super) struct State {
    pub(super) port: u16,
    /// The server, if it was started here.
    server: Option<Server>,
    /// The process id of a server that somebody else started in our directory.
    pub(super) adopted: Option<u32>,
}

impl State {
    fn at_port(port: u16) -> Self {
        Self { port, server: None, adopted: None }
    }
}

impl Cluster {
    /// A fresh cluster in a temporary directory, running. It is deleted when
    /// it is dropped, or when this process ends without dropping it.
    pub fn ephemeral() -> Result<Self> {
        Self::ephemeral_with(&[])
    }

    /// An [`ephemeral`](Self::ephemeral) cluster with settings of one's own,
    /// for example `("timezone", "Asia/Kathmandu")`.
    pub fn ephemeral_with(settings: &[(&str, &str)]) -> Result<Self> {
        let programs = Programs::find()?;
        let home = Home::temporary(ServerUser::find()?)?;
        let all = FOR_SPEED.iter().chain(settings);
        let cluster = Self {
            programs,
            home,
            password: String::new(),
            settings: all.map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            is_ephemeral: true,
            state: Mutex::new(State::at_port(0)),
        };
        cluster.opened(Auth::Password)
    }

    /// The cluster in `directory`, running. It is created if it is missing and
    /// its data are kept. If a server already runs there, this is that server,
    /// and it is left alone in the end: it has an owner.
    ///
    /// It listens on `port` if that is free, otherwise on another; see
    /// [`port`](Self::port).
    pub fn persistent(directory: impl AsRef<Path>, port: u16) -> Result<Self> {
        let programs = Programs::find()?;
        let home = Home::at(directory.as_ref(), ServerUser::find()?)?;
        let cluster = Self {
            programs,
            home,
            password: String::new(),
            settings: Vec::new(),
            is_ephemeral: false,
            state: Mutex::new(State::at_port(port)),
        };
        cluster.opened(Auth::Scram)
    }

    pub(super) fn opened(mut self, auth: Auth) -> Result<Self> {
        self.password = self.home.open(&self.programs, auth)?;
        self.start_or_adopt()?;
        Ok(self)
    }

    /// Starts the server on the port it had. Does nothing if it runs.
    pub fn start(&self) -> Result<()> {
        let mut state = self.state();
        if state.adopted.is_some() || state.server.as_mut().is_some_and(Server::is_alive) {
            return Ok(());
        }
        if let Some(mut dead) = state.server.take() {
            dead.stop(Mode::Immediate)?;
        }
        let server = Server::start(&Plan {
            programs: &self.programs,
            home: &self.home,
            port: state.port,
            settings: &self.settings,
            if_orphaned: self.last_stop(),
            is_ephemeral: self.is_ephemeral,
        })?;
        state.server = Some(server);
        Ok(())
    }

    /// Stops the server and waits until it has ended. Does nothing if it does
    /// not run; a server that somebody else started is not ours to stop.
    pub fn stop(&self, mode: Mode) -> Result<()> {
        let mut state = self.state();
        if let Some(pid) = state.adopted {
            return Err(Error::new(format!(
                "PostgreSQL in {} (process {pid}) was started by somebody else, who has to \
                 stop it",
                self.home.directory().display()
            )));
        }
        if let Some(server) = &mut state.server {
            server.stop(mode)?;
            state.server = None;
        }
        Ok(())
    }

    /// Stops the server and starts it again on the same port.
    pub fn restart(&self, mode: Mode) -> Result<()> {
        self.stop(mode)?;
        self.start()
    }

    /// The URL of `database`, password included.
    pub fn url(&self, database: &str) -> String {
        let (password, port) = (&self.password, self.port());
        let database = url::encoded(database);
        format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/{database}")
    }

    /// The URL of `database` for psql and everything else that uses libpq,
    /// with the password's file in place of the password: it may be shown, and
    /// on a command line it gives nothing away.
    pub fn libpq_url(&self, database: &str) -> String {
        let (database, port) = (url::encoded(database), self.port());
        let file = self.home.pgpass();
        let file = url::encoded(&file.to_string_lossy());
        format!("postgres://{SUPERUSER}@127.0.0.1:{port}/{database}?passfile={file}")
    }

    /// Creates the database `name`, which must not exist.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let name = name.replace('"', "\"\"");
        self.psql("postgres", &format!("create database \"{name}\""))?;
        Ok(())
    }

    /// Runs `sql` in `database` and returns what psql prints: rows as lines,
    /// columns apart by `|`, without a heading.
    pub fn psql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = self.programs.command("psql");
        psql.args(["-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1"]);
        psql.args(["-d", &self.libpq_url(database), "-c", sql]);
        output(&mut psql)
    }

    /// The path of the program `name` of this server's version.
    pub fn bin(&self, name: &str) -> PathBuf {
        self.programs.bin(name)
    }

    /// The last lines of the server's log.
    pub fn log_tail(&self) -> String {
        self.home.log_tail()
    }

    /// The port on 127.0.0.1 that the server listens on.
    pub fn port(&self) -> u16 {
        self.state().port
    }

    /// The server's process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        let mut state = self.state();
        match &mut state.server {
            Some(server) => server.is_alive().then(|| server.pid()),
            None => state.adopted,
        }
    }

    /// Whether the server was started here, and so will be stopped here.
    pub fn is_ours(&self) -> bool {
        self.state().adopted.is_none()
    }

    /// The directory with everything of this cluster in it.
    pub fn directory(&self) -> &Path {
        self.home.directory()
    }

    fn last_stop(&self) -> Mode {
        match self.is_ephemeral {
            true => Mode::Immediate,
            false => Mode::Fast,
        }
    }

    /// One more like this one, in another directory, that has yet to be opened.
    pub(super) fn another(&self, home: Home) -> Self {
        Self {
            programs: self.programs.clone(),
            home,
            password: String::new(),
            settings: self.settings.clone(),
            is_ephemeral: true,
            state: Mutex::new(State::at_port(0)),
        }
    }

    pub(super) fn programs(&self) -> &Programs {
        &self.programs
    }

    pub(super) fn password(&self) -> &str {
        &self.password
    }

    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.is_ours() {
            // Should this fail, the watcher tries again when we are gone.
            let _ = self.stop(self.last_stop());
        }
        if self.is_ephemeral {
            self.home.delete();
        }
    }
}

/// Without the password, which would end up in some log.
impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("directory", &self.directory())
            .field("port", &self.port())
            .finish_non_exhaustive()
    }
}
