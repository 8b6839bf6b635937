//! One run of the server, from its start to its end.

use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::home::Home;
use super::orphan;
use super::pidfile::PidFile;
use super::programs::Programs;
use crate::command::signal;
use crate::watcher::Watcher;
use crate::{Error, OrSay, Result};

/// How long a server may take to start or to stop. Generous: a machine busy
/// with compiling is slow, and nobody waits this long unless all is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// How to stop a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Waits until every client has gone.
    Smart,
    /// Ends the clients' connections, then stops in order.
    Fast,
    /// Drops everything as a crash would; the next start recovers.
    Immediate,
}

impl Mode {
    /// The signal that PostgreSQL stops on in this way.
    pub(super) fn signal(self) -> &'static str {
        match self {
            Self::Smart => "TERM",
            Self::Fast => "INT",
            Self::Immediate => "QUIT",
        }
    }
}

/// A server that was started here.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    /// Until the server has ended.
    watcher: Option<Watcher>,
}

/// What a run of a server needs to know.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) programs: &'a Programs,
    pub(super) home: &'a Home,
    pub(super) port: u16,
    pub(super) settings: &'a [(String, String)],
    /// What the watcher does should the owner be killed.
    pub(super) if_orphaned: Mode,
    /// Whether the watcher then deletes the cluster.
    pub(super) is_ephemeral: bool,
}

impl Server {
    /// Starts the server and waits until it takes connections.
    pub(super) fn start(plan: &Plan<'_>) -> Result<Self> {
        let mut server = Self::spawn(plan)?;
        match server.wait_until_ready(plan.home) {
            Ok(()) => Ok(server),
            Err(error) => {
                server.stop(Mode::Immediate)?;
                Err(error)
            }
        }
    }

    fn spawn(plan: &Plan<'_>) -> Result<Self> {
        let home = plan.home;
        let log = home.open_log()?;
        let log_too = log.try_clone().or_say(|| "cannot share the log".to_owned())?;
        let mut command = plan.programs.command("postgres");
        command.current_dir(home.directory());
        command.arg("-D").arg(home.data());
        command.args(["-c", "listen_addresses=127.0.0.1"]);
        command.args(["-c", &format!("port={}", plan.port)]);
        // A socket's path must be short, which a home directory may not be.
        command.args(["-c", "unix_socket_directories="]);
        for (name, value) in plan.settings {
            command.args(["-c", &format!("{name}={value}")]);
        }
        command.stdin(Stdio::null()).stdout(log).stderr(log_too);
        // Ctrl-C at the terminal is for the owner, who then stops the server.
        command.process_group(0);
        home.user().runs(&mut command);

        let mut process = command.spawn().or_say(|| "cannot start postgres".to_owned())?;
        let doomed = plan.is_ephemeral.then(|| home.directory());
        match orphan::watch(process.id(), &home.data(), plan.if_orphaned, doomed) {
            Ok(watcher) => Ok(Self { process, watcher: Some(watcher) }),
            Err(error) => {
                signal(Mode::Immediate.signal(), process.id());
                let _ = process.wait();
                Err(error)
            }
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Whether the server's process is there. A test may have killed it.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Stops the server and waits until it has ended. On an error it still
    /// runs.
    pub(super) fn stop(&mut self, mode: Mode) -> Result<()> {
        if self.is_alive() {
            signal(mode.signal(), self.pid());
        }
        let begin = Instant::now();
        while self.is_alive() {
            if begin.elapsed() > PATIENCE {
                return Err(Error::new(format!(
                    "PostgreSQL (process {}) has not stopped within {} seconds of being asked \
                     to ({mode:?}){}",
                    self.pid(),
                    PATIENCE.as_secs(),
                    match mode {
                        Mode::Smart => ": it waits for clients that are still connected",
                        Mode::Fast | Mode::Immediate => "",
                    }
                )));
            }
            sleep(Duration::from_millis(5));
        }
        if let Some(watcher) = self.watcher.take() {
            watcher.dismiss();
        }
        Ok(())
    }

    fn wait_until_ready(&mut self, home: &Home) -> Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            let file = PidFile::read(&home.data());
            if file.is_some_and(|file| file.pid == self.pid() && file.is_ready) {
                return Ok(());
            }
            if !self.is_alive() {
                return Err(Error::new(format!(
                    "PostgreSQL ended while it started. Its log says:\n{}",
                    home.log_tail()
                )));
            }
            sleep(Duration::from_millis(10));
        }
        Err(Error::new(format!(
            "PostgreSQL did not take connections within {} seconds. Its log says:\n{}",
            PATIENCE.as_secs(),
            home.log_tail()
        )))
    }
}
