//! Whether time stood still: a thread that was to be woken long ago was blocked, or the machine had no time for it.

use std::time::{Duration, Instant};

/// How often it looks.
const EVERY: Duration = Duration::from_millis(20);

/// From when on it is worth a line. The machine may have much else to do.
const LONG: Duration = Duration::from_secs(1);

/// Looks for ever, and says so on standard error: to be carried out where others are.
pub(crate) async fn tick(who: String) {
    loop {
        let begin = Instant::now();
        tokio::time::sleep(EVERY).await;
        let late = begin.elapsed().saturating_sub(EVERY);
        if late > LONG {
            eprintln!("{who} stood still for {:.1} s", late.as_secs_f64());
        }
    }
}
