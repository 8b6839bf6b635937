//! How much processor time processes have used, as Linux counts it.

use std::collections::HashMap;
use std::fs;

/// Hundredths of a second, which is what Linux counts in here on every machine.
const TICK: f64 = 0.01;

/// What all processes of the machine have used so far.
pub(crate) struct Used(HashMap<u32, Process>);

struct Process {
    parent: u32,
    seconds: f64,
}

impl Used {
    pub(crate) fn now() -> Self {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Self(pids.filter_map(|pid| Some((pid, Process::look_at(pid)?))).collect())
    }

    /// Seconds that this process and all below it have used, also those that have ended meanwhile.
    pub(crate) fn below(&self, root: u32) -> f64 {
        let is_below = |mut pid: u32| {
            while pid != root {
                match self.0.get(&pid) {
                    Some(process) => pid = process.parent,
                    None => return false,
                }
            }
            true
        };
        self.0.iter().filter(|(pid, _)| is_below(**pid)).map(|(_, process)| process.seconds).sum()
    }
}

impl Process {
    fn look_at(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name of the program may hold anything; after it come a letter and numbers.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        // Its own, and that of its children who have ended; each as a user and in the kernel.
        let ticks: f64 = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
        Some(Self { parent: fields.get(1)?.parse().ok()?, seconds: ticks * TICK })
    }
}

#[cfg(test)]
mod tests {
    use super::Used;

    #[test]
    fn a_process_is_below_itself_and_its_parent() {
        let used = Used::now();
        let (ours, all) = (used.below(std::process::id()), used.below(1));
        assert!(used.0.contains_key(&std::process::id()));
        assert!(all >= ours);
        assert_eq!(used.below(u32::MAX), 0.0);
    }
}
