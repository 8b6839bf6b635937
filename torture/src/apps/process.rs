//! One application's process.

use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use xtask::command::signal;

use super::setup::Setup;
use crate::{Error, OrSay, Result};

/// One that listens. It ends when this is dropped, or this process ends: its standard input does.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    pid: u32,
    port: u16,
}

impl Running {
    /// Starts it.
    pub(super) async fn start(
        setup: &Setup,
        url: &str,
        port: u16,
        wrapper: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let program = setup.program.as_os_str();
        let mut command = match wrapper.split_first() {
            None => Command::new(program),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        let mut child = command
            .args(setup.to_words())
            .args(["--port", &port.to_string()])
            .env("DATABASE_URL", url)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .or_say(|| "cannot start an application".to_owned())?;
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(listen_for_panics(stderr));
        }
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let read = BufReader::new(stdout).read_line(&mut line).await;
            read.or_say(|| "cannot read what an application says".to_owned())?;
        }
        let port = line.trim_end().strip_prefix("listening ").and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| Error::new("an application did not start, see above"))?;
        let pid = child.id().ok_or_else(|| Error::new("an application ended at once"))?;
        Ok(Self { child, pid, port })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) async fn kill(mut self) -> Result<()> {
        self.child.kill().await.or_say(|| "cannot kill an application".to_owned())
    }

    pub(super) async fn terminate(mut self, patience: Duration) -> Result<()> {
        signal("TERM", self.pid);
        match tokio::time::timeout(patience, self.child.wait()).await {
            Ok(ended) => ended.map(|_| ()).or_say(|| "cannot wait for an application".to_owned()),
            Err(_) => {
                self.kill().await?;
                Err(Error::new("an application did not end after SIGTERM"))
            }
        }
    }
}

/// How many panics the applications of this process have told of.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// How many panics the applications have told of so far.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Passes on what an application complains about.
async fn listen_for_panics(stderr: ChildStderr) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.contains("panicked at") {
            PANICS.fetch_add(1, Ordering::Relaxed);
        }
        eprintln!("{line}");
    }
}
