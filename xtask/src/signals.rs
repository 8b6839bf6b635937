//! Outliving Ctrl-C.
//!
//! Somebody has to be left to stop the database once the program in the
//! foreground has ended. So Ctrl-C does not end us but is noted, and passed on
//! to that program, whose end we wait for.

use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use xtask::command::signal;
use xtask::{OrSay, Result};

/// How long the program in the foreground may take to end once asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to look away between two looks at it.
const PAUSE: Duration = Duration::from_millis(50);

/// Requests to end that arrived since this was created.
pub(crate) struct Signals {
    interrupt: Arc<AtomicBool>,
    terminate: Arc<AtomicBool>,
}

impl Signals {
    /// From here on Ctrl-C and SIGTERM are noted instead of ending us.
    pub(crate) fn noted() -> Result<Self> {
        let note = |number| {
            let flag = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(number, Arc::clone(&flag))
                .or_say(|| "cannot listen for Ctrl-C".to_owned())?;
            Ok(flag)
        };
        Ok(Self { interrupt: note(SIGINT)?, terminate: note(SIGTERM)? })
    }

    /// Whether we were asked to end.
    pub(crate) fn any(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed) || self.terminate.load(Ordering::Relaxed)
    }

    /// Waits for `child` to end and calls `meanwhile` every now and then. Once
    /// we are asked to end, so is the child; in the end it has to.
    pub(crate) fn wait(&self, child: &mut Child, mut meanwhile: impl FnMut()) -> Result<ExitStatus> {
        let mut asked: Option<Instant> = None;
        loop {
            if let Some(status) = ended(child)? {
                return Ok(status);
            }
            match asked {
                None if self.any() => {
                    // At a terminal it got this already; twice does no harm.
                    let interrupted = self.interrupt.load(Ordering::Relaxed);
                    signal(if interrupted { "INT" } else { "TERM" }, child.id());
                    asked = Some(Instant::now());
                }
                Some(when) if when.elapsed() > PATIENCE => {
                    signal("KILL", child.id());
                }
                _ => meanwhile(),
            }
            sleep(PAUSE);
        }
    }

    /// Waits for `child`, a program like psql to which Ctrl-C means something
    /// other than the end.
    pub(crate) fn leave_to(&self, child: &mut Child) -> Result<ExitStatus> {
        loop {
            if let Some(status) = ended(child)? {
                return Ok(status);
            }
            if self.terminate.swap(false, Ordering::Relaxed) {
                signal("TERM", child.id());
            }
            sleep(PAUSE);
        }
    }
}

fn ended(child: &mut Child) -> Result<Option<ExitStatus>> {
    child.try_wait().or_say(|| "cannot wait for the program in the foreground".to_owned())
}
