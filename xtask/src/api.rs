//! `./dev api`: the public interface of the library, held against the list in `docs/public-api.txt`.
//!
//! rustdoc writes it down as JSON, which is not stable yet: only one version of Rust writes what `api/` reads.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use xtask::command::{output, run as run_command};
use xtask::{Error, OrSay, Result, say};

use crate::project::{cargo, root};
use crate::refuse;

const LIST: &str = "docs/public-api.txt";

/// The version of Rust whose JSON is understood.
const RUST: &str = "rustc 1.95.";

/// Only rustdoc is told that it may write JSON: a dependency's build script that hears of it would build another crate.
const RUSTDOC: &str = "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n";

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let bless = match arguments {
        [] => false,
        [flag] if flag == "--bless" => true,
        _ => return Ok(refuse("api takes only --bless, which writes the list anew")),
    };
    if !is_understood()? {
        return Err(Error::new(format!("the interface is read with {RUST}*, and this is another")));
    }
    let list = root().join(LIST);
    let now = interface()?;
    let before = std::fs::read_to_string(&list).unwrap_or_default();
    if bless {
        std::fs::write(&list, &now).or_say(|| format!("cannot write {LIST}"))?;
    }
    let changes = differences(&before, &now);
    changes.iter().for_each(|line| println!("{line}"));
    println!("{LIST}: {} items, {} lines differ", now.lines().count(), changes.len());
    Ok(if bless || changes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// For CI: with another version of Rust it says that it has not looked.
pub(crate) fn as_far_as_possible() -> Result<()> {
    if !is_understood()? {
        println!("== NOT CHECKED: the public interface, which only {RUST}* can write down; see `./dev api`");
        return Ok(());
    }
    match run(&[])? == ExitCode::SUCCESS {
        true => Ok(()),
        false => Err(Error::new(format!(
            "the interface is another than in {LIST}: `./dev api --bless` writes it anew"
        ))),
    }
}

fn is_understood() -> Result<bool> {
    Ok(output(Command::new("rustc").arg("--version").current_dir(root()))?.starts_with(RUST))
}

fn interface() -> Result<String> {
    let rustdoc = wrapper()?;
    say("writing the interface down");
    let mut json = cargo(&["rustdoc", "--quiet", "--package", "actix-pg-session", "--lib", "--all-features"]);
    json.env("RUSTDOC", rustdoc).env_remove("RUSTDOCFLAGS");
    run_command(json.args([
        "--",
        "-Z",
        "unstable-options",
        "--output-format",
        "json",
        "--cap-lints",
        "allow",
    ]))?;
    let file = root().join("target/doc/actix_pg_session.json");
    let reader = [
        "run",
        "--quiet",
        "--locked",
        "--manifest-path",
        "api/Cargo.toml",
        "--target-dir",
        "target/api",
        "--",
    ];
    Ok(output(cargo(&reader).arg(file))? + "\n")
}

fn wrapper() -> Result<PathBuf> {
    let place = root().join("target/tools");
    let file = place.join("rustdoc-json");
    let cannot = || format!("cannot write {}", file.display());
    std::fs::create_dir_all(&place).or_say(cannot)?;
    std::fs::write(&file, RUSTDOC).or_say(cannot)?;
    std::fs::set_permissions(&file, Permissions::from_mode(0o755)).or_say(cannot)?;
    Ok(file)
}

/// The lines that only one of the two has, each with its sign.
fn differences(before: &str, now: &str) -> Vec<String> {
    let without = |lines: &str, others: &str, sign: char| {
        let others: std::collections::HashSet<&str> = others.lines().collect();
        let left = lines.lines().filter(|line| !others.contains(line));
        left.map(|line| format!("{sign}{line}")).collect::<Vec<_>>()
    };
    [without(before, now, '-'), without(now, before, '+')].concat()
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn what_went_and_what_came_is_shown() {
        assert_eq!(differences("a\nb\nc\n", "a\nc\nd\n"), ["-b", "+d"]);
        assert!(differences("a\n", "a\n").is_empty());
    }
}
