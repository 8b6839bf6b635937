//! Bringing a cluster up when others may be in the way.
//!
//! Somebody may have taken the port, and a demo in the next window may already
//! run a server in the same directory, or one that just ended may still be
//! stopping its own.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::pidfile::PidFile;
use super::port;
use crate::Result;
use crate::command::signal;

/// How often to look for another port when somebody else took the first.
const ATTEMPTS: usize = 5;

/// How long to wait for a server that holds the directory but takes no
/// connections.
const PATIENCE: Duration = Duration::from_secs(30);

impl Cluster {
    /// Starts the server. While another one holds the directory, uses that if
    /// it answers, and otherwise waits a while: it may be on its way out.
    pub(super) fn start_or_adopt(&self) -> Result<()> {
        let begin = Instant::now();
        loop {
            if self.adopt() {
                return Ok(());
            }
            // Asked before and after: whoever was in the way may be gone by the time we look.
            let was_held = self.is_held();
            let Err(error) = self.start_on_a_free_port() else {
                return Ok(());
            };
            if !(was_held || self.is_held()) || begin.elapsed() > PATIENCE {
                return Err(error);
            }
            sleep(Duration::from_millis(200));
        }
    }

    /// Whether a running server holds the directory.
    fn is_held(&self) -> bool {
        PidFile::read(&self.home().data()).is_some_and(|file| signal("0", file.pid))
    }

    fn adopt(&self) -> bool {
        let data = self.home().data();
        let Some(file) = PidFile::read(&data).filter(|file| file.is_ready) else {
            return false;
        };
        // The file may be left over from a crash and the port be another
        // server's by now. Only ours knows our password and is in our directory.
        let before = std::mem::replace(&mut self.state().port, file.port);
        let theirs = self.psql("postgres", "show data_directory");
        let is_ours = theirs.is_ok_and(|theirs| is_same(Path::new(&theirs), &data));
        let mut state = self.state();
        match is_ours {
            true => state.adopted = Some(file.pid),
            false => state.port = before,
        }
        is_ours
    }

    fn start_on_a_free_port(&self) -> Result<()> {
        let mut attempt = 1;
        loop {
            let preferred = self.state().port;
            let port = match preferred != 0 && port::is_free(preferred) {
                true => preferred,
                false => port::any_free()?,
            };
            self.state().port = port;
            match self.start() {
                // Somebody was faster; anything else would happen again.
                Err(_) if attempt < ATTEMPTS && !port::is_free(port) => attempt += 1,
                outcome => return outcome,
            }
        }
    }
}

/// Whether both paths lead to one directory, symbolic links or not.
fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
