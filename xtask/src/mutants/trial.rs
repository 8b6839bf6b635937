//! Trying a bug out: build, run the tests that ought to notice, and see how they fail.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use xtask::watcher::Watcher;
use xtask::{OrSay, Result};

use super::edit::make;
use super::scratch::Scratch;
use super::section::{Section, Test};

/// What became of a bug.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// This test ran and failed.
    Caught(Test),
    Survived,
    /// It does not compile, which any bug can be made to do.
    Broken(String),
    /// The test did not come to its end.
    Hung(Test),
    /// The test's process ended without a word about the test.
    Crashed(Test),
}

/// Where bugs are tried out.
pub(super) struct Bench<'a> {
    scratch: &'a Scratch,
    database: &'a str,
    programs: &'a Path,
}

/// No test here takes a tenth of this; what waits inside gives up after a minute.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

impl<'a> Bench<'a> {
    pub(super) fn new(scratch: &'a Scratch, database: &'a str, programs: &'a Path) -> Self {
        Self { scratch, database, programs }
    }

    /// What is wrong with the project as it is, if something is.
    pub(super) fn sound<'t>(&self, tests: impl Iterator<Item = &'t Test>) -> Result<Option<String>> {
        let mut targets: BTreeMap<Vec<&str>, Vec<&Test>> = BTreeMap::new();
        for test in tests {
            targets.entry(test.selection()).or_default().push(test);
        }
        let mut complaints = Vec::new();
        for (selection, mut tests) in targets {
            tests.sort();
            tests.dedup();
            if let Some(words) = self.built(&selection)? {
                return Ok(Some(format!("the project does not compile:\n{words}")));
            }
            let (status, said) = self.ran(&selection, &tests)?;
            let is_ok = |test: &&&Test| said.contains(&format!("test {} ... ok", test.path));
            let others: Vec<_> = tests.iter().filter(|test| !is_ok(test)).map(ToString::to_string).collect();
            if !others.is_empty() || status.is_none_or(|status| !status.success()) {
                complaints.push(format!(
                    "{}\nas it is, the project has no such tests, or does not pass them:\n{}",
                    tail(&said),
                    others.join("\n")
                ));
            }
        }
        Ok((!complaints.is_empty()).then(|| complaints.join("\n\n")))
    }

    /// Makes the bug, and unmakes it.
    pub(super) fn tried(&self, section: &Section) -> Result<Outcome> {
        let _changed = self.scratch.changed(make(&section.edits, self.scratch.place())?)?;
        for test in &section.tests {
            let selection = test.selection();
            if let Some(words) = self.built(&selection)? {
                return Ok(Outcome::Broken(words));
            }
            match self.ran(&selection, &[test])? {
                (None, _) => return Ok(Outcome::Hung(test.clone())),
                (Some(status), _) if status.success() => {}
                (Some(_), said) if said.contains(&format!("test {} ... FAILED", test.path)) => {
                    return Ok(Outcome::Caught(test.clone()));
                }
                (Some(_), _) => return Ok(Outcome::Crashed(test.clone())),
            }
        }
        Ok(Outcome::Survived)
    }

    /// Builds the tests; what the compiler says if it cannot.
    fn built(&self, selection: &[&str]) -> Result<Option<String>> {
        let (status, said) = self.finished(self.cargo(selection).arg("--no-run"), 4 * PATIENCE)?;
        Ok(status.is_none_or(|status| !status.success()).then(|| errors(&said)))
    }

    /// Runs these tests. No status: they did not end.
    fn ran(&self, selection: &[&str], tests: &[&Test]) -> Result<(Option<ExitStatus>, String)> {
        let mut cargo = self.cargo(selection);
        cargo.args(["--", "--exact"]).args(tests.iter().map(|test| &test.path));
        self.finished(&mut cargo, PATIENCE)
    }

    fn cargo(&self, selection: &[&str]) -> Command {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = Command::new(program);
        cargo.args(["test", "--all-features"]).args(selection);
        cargo.current_dir(self.scratch.place());
        cargo.env("CARGO_INCREMENTAL", "1").env("RUST_BACKTRACE", "0");
        cargo.env("DATABASE_URL", self.database).env("PG_BIN", self.programs);
        cargo
    }

    /// Waits for the end, if that is not too long, and reads what was said.
    fn finished(&self, command: &mut Command, limit: Duration) -> Result<(Option<ExitStatus>, String)> {
        let log = self.log();
        let failed = || format!("cannot write {}", log.display());
        let file = File::create(&log).or_say(failed)?;
        command.stdin(Stdio::null()).stdout(file.try_clone().or_say(failed)?).stderr(file);
        // A group of its own, so that what cargo has started ends with it.
        let mut child = command.process_group(0).spawn().or_say(|| "cannot start cargo".to_owned())?;
        let group = child.id().to_string();
        let watcher = Watcher::start("kill -s KILL -- \"-$1\"", &[OsStr::new(&group)])?;
        let begin = Instant::now();
        let status = loop {
            match child.try_wait().or_say(|| "cannot wait for cargo".to_owned())? {
                Some(status) => {
                    watcher.dismiss();
                    break Some(status);
                }
                None if begin.elapsed() < limit => sleep(Duration::from_millis(20)),
                None => {
                    // The watcher's last will ends the group.
                    drop(watcher);
                    child.wait().or_say(|| "cannot wait for cargo".to_owned())?;
                    break None;
                }
            }
        };
        let said = std::fs::read(&log).or_say(|| format!("cannot read {}", log.display()))?;
        Ok((status, String::from_utf8_lossy(&said).into_owned()))
    }

    /// The last words of the last command, for whoever wonders.
    fn log(&self) -> PathBuf {
        self.scratch.place().with_file_name("last.log")
    }
}

/// The compiler's errors, without its warnings.
fn errors(said: &str) -> String {
    let blocks = said.split("\n\n").filter(|block| block.trim_start().starts_with("error"));
    blocks.collect::<Vec<_>>().join("\n\n")
}

fn tail(said: &str) -> String {
    let lines: Vec<_> = said.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
