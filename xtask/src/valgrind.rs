//! Counting instructions, which hardly depends on the machine nor on who else uses it.

use std::path::Path;
use std::process::Command;

use crate::command::which;
use crate::packages::{Manager, Packages};
use crate::{Error, OrSay, Result};

const VALGRIND: Packages = Packages {
    what: "valgrind, which counts instructions",
    apt: &["valgrind"],
    dnf: &["valgrind"],
    apk: &["valgrind"],
    pacman: &["valgrind"],
    brew: &["valgrind"],
};

/// Makes sure that there is one.
///
/// # Errors
///
/// When it is missing and cannot be installed.
pub fn find_or_install() -> Result<()> {
    match which("valgrind") {
        Some(_) => Ok(()),
        None => Manager::find(&VALGRIND)?.install(&VALGRIND),
    }
}

/// How many instructions this program takes, from its start to its end.
///
/// # Errors
///
/// When it fails, or valgrind does not say.
pub fn instructions(program: &Path, words: &[&str], environment: &[(&str, &str)]) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(words)
        .envs(environment.iter().copied())
        .output()
        .or_say(|| "cannot start valgrind".to_owned())?;
    let text = String::from_utf8_lossy(&output.stderr);
    let count = counted(&text).filter(|_| output.status.success());
    count.ok_or_else(|| Error::new(format!("callgrind counted nothing: {text}")))
}

fn counted(text: &str) -> Option<u64> {
    let (_, count) = text.lines().find_map(|line| line.split_once("Collected :"))?;
    count.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_count_is_found_among_what_valgrind_says() {
        let text = "==7== Callgrind\n==7== \n==7== Events    : Ir\n==7== Collected : 1234567\n==7==\n";
        assert_eq!(super::counted(text), Some(1_234_567));
        assert_eq!(super::counted("==7== Callgrind\n"), None);
    }
}
