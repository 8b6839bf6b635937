//! How much memory a process has.

use std::fs;

/// What of it is in memory, in KiB, where the system tells.
pub fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn this_very_process_has_some() {
        assert!(super::resident(std::process::id()).is_some_and(|kib| kib > 100));
    }
}
