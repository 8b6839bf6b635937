//! The programs that a demonstration consists of.
//!
//! They run in the foreground, together: when one ends, or Ctrl-C is pressed,
//! so do the others. And none outlives us, however we end.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

use xtask::watcher::Watcher;
use xtask::{Error, OrSay, Result};

use crate::signals::Signals;

/// A program that was started here, and that serves HTTP.
pub(crate) struct Program {
    name: &'static str,
    port: u16,
    child: Child,
    watcher: Watcher,
}

impl Program {
    /// Starts `command`, which will listen on `port`; `name` is for sentences.
    pub(crate) fn start(name: &'static str, port: u16, command: &mut Command) -> Result<Self> {
        let child =
            command.env("PORT", port.to_string()).spawn().or_say(|| format!("cannot start {name}"))?;
        let pid = child.id().to_string();
        let watcher = Watcher::start("kill -s TERM \"$1\"", &[OsStr::new(&pid)])?;
        Ok(Self { name, port, child, watcher })
    }
}

/// Serves until the programs end or are asked to. `announce` is called once,
/// when all of them take connections.
pub(crate) fn serve<const N: usize>(
    mut programs: [Program; N],
    signals: &Signals,
    announce: impl Fn(),
) -> Result<ExitCode> {
    let ports = programs.each_ref().map(|program| program.port);
    let is_ready = |port: u16| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
    let mut is_announced = false;
    let children = programs.each_mut().map(|program| &mut program.child);
    let (first, status) = signals.wait(children, || {
        if !is_announced && ports.into_iter().all(is_ready) {
            is_announced = true;
            // Their own first lines come first, so that these stay in sight.
            sleep(Duration::from_millis(200));
            announce();
        }
    })?;
    let name = programs[first].name;
    for program in programs {
        program.watcher.dismiss();
    }
    if signals.any() || status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Error::new(format!("{name} ended ({status})")))
}
