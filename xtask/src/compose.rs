//! PostgreSQL in a container, where there is no other.

use std::process::Command;

use xtask::command::{output, run};
use xtask::{Error, Result, say};

use crate::project;

/// The URL of the database that `docker-compose.yml` describes.
pub(crate) const URL: &str = "postgres://demo:demo@127.0.0.1:5432/demo";

/// The container, running.
pub(crate) struct Compose {
    was_running: bool,
}

impl Compose {
    /// Starts the container and waits until it is healthy.
    pub(crate) fn up() -> Result<Self> {
        if output(Command::new("docker").arg("info")).is_err() {
            return Err(Error::new("but no engine answers"));
        }
        let running = output(docker().args(["ps", "--quiet", "postgres"]))?;
        say("starting PostgreSQL in a container: docker compose up -d --wait");
        run(docker().args(["up", "-d", "--wait"]))?;
        Ok(Self { was_running: !running.is_empty() })
    }

    /// Stops the container if it did not run before. Its data stay.
    pub(crate) fn down(self) -> Result<()> {
        if self.was_running {
            return Ok(());
        }
        say("stopping the container, its data stay");
        run(docker().arg("stop"))
    }

    /// psql inside the container, for machines without one.
    pub(crate) fn psql() -> Command {
        let mut command = docker();
        command.args(["exec", "postgres", "psql", "-U", "demo", "demo"]);
        command
    }
}

fn docker() -> Command {
    let mut command = Command::new("docker");
    let file = project::root().join("docker-compose.yml");
    command.args(["compose", "--file"]).arg(file);
    command
}
