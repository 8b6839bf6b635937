//! What the peers need: their own crate, and Node.js.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::command::run;
use xtask::{node, say};

use crate::contenders::{Contender, Home, Program};
use crate::redis;

/// Processes of Express. With two cores for everything, a cluster of two is no faster and needs more of them.
const PROCESSES: u32 = 1;

#[derive(Debug, Default)]
pub(crate) struct Peers {
    pub(crate) program: PathBuf,
    node: PathBuf,
    modules: PathBuf,
}

impl Peers {
    /// Installs and builds what these contenders need, and nothing for others.
    pub(crate) fn ready(contenders: &[Contender]) -> Result<Self, Box<dyn Error>> {
        let mut peers = Self::default();
        if contenders.iter().any(|one| one.home == Home::Redis) {
            redis::program()?;
        }
        if contenders.iter().any(|one| one.program == Program::Peer) {
            say("building the peers");
            peers.program = build()?;
        }
        if contenders.iter().any(|one| one.program == Program::Express) {
            peers.node = node::program()?;
            peers.modules = node::modules()?;
        }
        Ok(peers)
    }

    /// The command that runs the Express application.
    pub(crate) fn express(&self) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(folder().join("express.js")).env("NODE_PATH", &self.modules);
        command.env("NODE_ENV", "production").env("PROCESSES", PROCESSES.to_string());
        command
    }

    /// The SQL that makes the table of connect-pg-simple.
    pub(crate) fn table(&self) -> Result<String, Box<dyn Error>> {
        Ok(std::fs::read_to_string(self.modules.join("connect-pg-simple/table.sql"))?)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// The peers are a workspace of their own, which shares only the directory for what is built.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let target = folder().join("../../target");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(folder()).args(["build", "--quiet", "--release", "--locked", "--target-dir"]);
    run(build.arg(&target))?;
    Ok(target.join("release/bench-peers"))
}
