//! Running other programs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::{Error, OrSay, Result};

/// Where `PATH` has an executable file called `name`.
pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|candidate| is_executable(candidate))
}

/// Whether `path` is a file that somebody may execute.
pub fn is_executable(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Runs `command` to its end and returns what it printed, without the last
/// line break. A failure's error holds what it printed to standard error.
pub fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().or_say(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let complaint = complaint.trim_end();
        return Err(Error::new(format!("{name} failed ({}): {complaint}", output.status)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Runs `command` to its end with its output going where ours goes.
pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status().or_say(|| format!("cannot run {name}"))?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("{name} failed ({status})"))) }
}

/// Sends the signal called `signal` (`INT`, `TERM`, …) to the process `pid`.
/// Says whether there was such a process; `0` only asks.
///
/// The shell's own `kill` does it: the standard library has none, and small
/// systems lack the program.
pub fn signal(signal: &str, pid: u32) -> bool {
    Command::new("sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal])
        .arg(pid.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
