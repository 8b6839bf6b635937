//! Nothing outlives its owner.
//!
//! A test process that is killed runs no destructor, and a static is never
//! dropped, yet neither may leave a server behind. So beside each process that
//! was started here waits a small shell, which reads from a pipe whose other
//! end only the owner holds. However the owner ends, the kernel closes that
//! end; the shell sees the pipe end and cleans up.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use crate::{OrSay, Result};

/// A line on the pipe dismisses the watcher, its end sets it to work.
const WAIT: &str = "trap '' HUP INT TERM; if read -r _; then exit; fi\n";

/// A shell that waits for the end of this process.
#[derive(Debug)]
pub struct Watcher(Child);

impl Watcher {
    /// Runs the shell script `last_will` with `arguments` as `$1`, `$2`, … once
    /// this process is gone, unless the watcher was dismissed before.
    pub fn start(last_will: &str, arguments: &[&OsStr]) -> Result<Self> {
        Command::new("sh")
            .args(["-c", &format!("{WAIT}{last_will}"), "watcher"])
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::piped())
            // Whoever waits for the end of our output must not wait for this.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C at the terminal is for the owner.
            .process_group(0)
            .spawn()
            .map(Self)
            .or_say(|| "cannot start the shell that cleans up after us".to_owned())
    }

    /// Sends the watcher away: there is nothing left to clean up.
    pub fn dismiss(mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let _ = pipe.write_all(b"dismissed\n");
        }
        let _ = self.0.wait();
    }
}
