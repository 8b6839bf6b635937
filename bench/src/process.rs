//! A contender's process.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::contenders::{Contender, Home, Program};
use crate::peers::Peers;
use crate::redis::Redis;

/// One that answers. It ends when this is dropped, or this process ends: its standard input does.
pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
    redis: Option<Redis>,
}

impl Process {
    /// Starts it on that database. A Redis is the one given, or a new one.
    pub(crate) fn start(
        contender: Contender,
        url: &str,
        peers: &Peers,
        redis: Option<Redis>,
    ) -> Result<Self, Box<dyn Error>> {
        let redis = match contender.home {
            Home::Redis => Some(redis.map_or_else(Redis::start, Ok)?),
            _ => None,
        };
        let mut command = match contender.program {
            Program::Ours => Command::new(std::env::current_exe()?),
            Program::Peer => Command::new(&peers.program),
            Program::Express => peers.express(),
        };
        if contender.program != Program::Express {
            command.args(["serve", contender.name]);
        }
        if let Some(redis) = &redis {
            command.env("REDIS_URL", redis.url());
        }
        let mut child = command
            .env("DATABASE_URL", url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", contender.name))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let port = line.trim_end().strip_prefix("listening ").and_then(|port| port.parse().ok());
        let mut process = Self { child, port: 0, redis };
        // Dropped, and so ended, if it has not said where it listens.
        process.port = port.ok_or_else(|| format!("{} did not start", contender.name))?;
        Ok(process)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The process that has its sessions, if that is no PostgreSQL.
    pub(crate) fn redis(&self) -> Option<u32> {
        self.redis.as_ref().map(Redis::pid)
    }

    /// Ends it; its Redis goes on.
    pub(crate) fn end(mut self) -> Option<Redis> {
        self.redis.take()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
