//! A Redis of one's own.

use std::error::Error;
use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use xtask::command::which;
use xtask::packages::{Manager, Packages};
use xtask::watcher::Watcher;

use crate::visit;

/// Debian's package of the server starts one for the whole machine. The server is in the tools, too: the same
/// program goes by several names.
const REDIS: Packages = Packages {
    what: "Redis",
    apt: &["redis-tools"],
    dnf: &["redis"],
    apk: &["redis"],
    pacman: &["valkey"],
    brew: &["redis"],
};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server's program; it is installed if it is missing.
pub(crate) fn program() -> Result<PathBuf, Box<dyn Error>> {
    let found = || ["redis-server", "valkey-server", "redis-check-rdb"].into_iter().find_map(which);
    if found().is_none() {
        Manager::find(&REDIS)?.install(&REDIS)?;
    }
    found().ok_or_else(|| "Redis was installed, and is not on PATH".into())
}

/// A server that keeps nothing on disk. It ends when this is dropped, or this process ends.
pub(crate) struct Redis {
    server: Child,
    watcher: Option<Watcher>,
    port: u16,
}

impl Redis {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let server = Command::new(program()?)
            // It goes by the name that it is called by.
            .arg0("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let mut redis = Self { server, watcher: None, port };
        let pid = redis.pid().to_string();
        redis.watcher = Some(Watcher::start("kill -s KILL \"$1\"", &[OsStr::new(&pid)])?);
        let begin = Instant::now();
        while !visit::is_open(port) {
            if redis.server.try_wait()?.is_some() || begin.elapsed() > PATIENCE {
                return Err("Redis did not start".into());
            }
            sleep(Duration::from_millis(5));
        }
        Ok(redis)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.server.id()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        if let Some(watcher) = self.watcher.take() {
            watcher.dismiss();
        }
    }
}
