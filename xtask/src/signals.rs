//! Outliving Ctrl-C.
//!
//! Somebody has to be left to stop the database once the program in the
//! foreground has ended. So Ctrl-C does not end us but is noted, and passed on
//! to that program, or those, whose end we wait for.

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

    /// Waits for all `children` to end and calls `meanwhile` every now and then.
    /// Once we are asked to end, or one of them has ended, so are the others; in
    /// the end they have to. Answers which of them ended first, and how.
    pub(crate) fn wait<const N: usize>(
        &self,
        mut children: [&mut Child; N],
        mut meanwhile: impl FnMut(),
    ) -> Result<(usize, ExitStatus)> {
        let mut first: Option<(usize, ExitStatus)> = None;
        let mut asked: Option<Instant> = None;
        loop {
            let mut running = Vec::new();
            for (number, child) in children.iter_mut().enumerate() {
                match ended(child)? {
                    Some(status) => first = first.or(Some((number, status))),
                    None => running.push(child.id()),
                }
            }
            match (first, asked) {
                (Some(first), _) if running.is_empty() => return Ok(first),
                (_, None) if first.is_some() || self.any() => {
                    // At a terminal they got this already; twice does no harm.
                    let interrupted = self.interrupt.load(Ordering::Relaxed);
                    let name = if interrupted { "INT" } else { "TERM" };
                    running.into_iter().for_each(|child| _ = signal(name, child));
                    asked = Some(Instant::now());
                }
                (_, Some(when)) if when.elapsed() > PATIENCE => {
                    running.into_iter().for_each(|child| _ = signal("KILL", child));
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
