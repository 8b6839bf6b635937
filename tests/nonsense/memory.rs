//! How much memory this process has.

/// Megabytes that are really there.
pub(crate) fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says how it is");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the line");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().expect("a number");
    kilobytes / 1024
}
