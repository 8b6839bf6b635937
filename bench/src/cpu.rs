//! How much processor time processes have used, as Linux counts it.

use std::fs;

/// Hundredths of a second, which is what Linux counts in here on every machine.
const TICK: f64 = 0.01;

/// Seconds that these processes have used so far. One that is gone counts nothing.
pub(crate) fn used(processes: &[u32]) -> f64 {
    processes.iter().filter_map(|pid| of(*pid)).sum()
}

fn of(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program may hold anything; after it the fields are numbers.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11..13)?.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Some(ticks * TICK)
}
