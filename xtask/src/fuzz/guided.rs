//! The targets under libFuzzer, which sees where the code has been, and keeps what went where none had.
//!
//! It needs a C++ compiler, and no nightly Rust: that the compiler puts counters into the code is an option of
//! every one. What cargo-fuzz does beyond this, nightly's sanitizers, looks for what safe Rust does not do.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use xtask::command::{output, run as run_command, which};
use xtask::packages::{Manager, Packages};
use xtask::{Error, OrSay, Result, say};

use crate::project::root;
use crate::refuse;

const COMPILER: Packages = Packages {
    what: "a C++ compiler, for libFuzzer",
    apt: &["g++"],
    dnf: &["gcc-c++"],
    apk: &["g++"],
    pacman: &["gcc"],
    brew: &["gcc"],
};

/// Counters at each branch, by which libFuzzer knows where it has been, and what was compared with what.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// The longest input.
const LONGEST: u32 = 4096;

pub(super) fn run(arguments: &[String]) -> Result<ExitCode> {
    let Some(options) = Options::read(arguments) else {
        return Ok(refuse("fuzz --guided takes [--target A,B] [--executions N] [--minutes N] [--seed N]"));
    };
    if which("c++").is_none() {
        Manager::find(&COMPILER)?.install(&COMPILER)?;
    }
    say("building the targets for libFuzzer");
    let program = build()?;
    let mut found = 0;
    println!("{:22}{:>14}{:>13}{:>11}{:>10}", "target", "executions", "a second", "branches", "findings");
    for target in options.targets()? {
        let told = guide(&program, &target, &options)?;
        found += usize::from(!told.is_success);
        let Told { executions, rate, branches, is_success } = told;
        println!("{target:22}{executions:>14}{rate:>13}{branches:>11}{:>10}", usize::from(!is_success));
    }
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Debug)]
struct Options {
    targets: Vec<String>,
    executions: u64,
    minutes: Option<u64>,
    seed: u64,
}

impl Options {
    fn read(words: &[String]) -> Option<Self> {
        let mut options = Self { targets: Vec::new(), executions: 1_000_000, minutes: None, seed: 1 };
        for pair in words.chunks(2) {
            let [name, value] = pair else { return None };
            match &**name {
                "--target" => options.targets = value.split(',').map(str::to_owned).collect(),
                "--executions" => options.executions = value.parse().ok()?,
                "--minutes" => options.minutes = Some(value.parse().ok()?),
                "--seed" => options.seed = value.parse().ok()?,
                _ => return None,
            }
        }
        Some(options)
    }

    /// Those that were named, or all: each has a folder of inputs.
    fn targets(&self) -> Result<Vec<String>> {
        if !self.targets.is_empty() {
            return Ok(self.targets.clone());
        }
        let corpus = root().join("fuzz/corpus");
        let cannot = || format!("cannot read {}", corpus.display());
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&corpus).or_say(cannot)? {
            names.push(entry.or_say(cannot)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }
}

/// Its workspace, its lockfile and its flags are its own, and so is what is built. For a named machine, if only
/// this one: then the flags are not for what runs during the build.
fn build() -> Result<PathBuf> {
    let folder = root().join("fuzz/guided");
    let target = root().join("target/guided");
    let rustc = output(Command::new("rustc").arg("-vV"))?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Error::new("rustc does not say for which machine it is"))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(&folder).args(["build", "--quiet", "--release", "--locked", "--target", host]);
    run_command(build.arg("--target-dir").arg(&target).env("RUSTFLAGS", FLAGS))?;
    Ok(target.join(host).join("release/fuzz-guided"))
}

/// What libFuzzer says in the end.
#[derive(Debug, Default)]
struct Told {
    executions: u64,
    rate: u64,
    branches: u64,
    is_success: bool,
}

/// Runs one target. What it finds worth keeping is put beside what is built; the corpus itself is only read.
fn guide(program: &Path, target: &str, options: &Options) -> Result<Told> {
    let found = root().join("target/guided/corpus").join(target);
    let findings = root().join("target/findings").join(target);
    for folder in [&found, &findings] {
        std::fs::create_dir_all(folder).or_say(|| format!("cannot make {}", folder.display()))?;
    }
    let mut fuzz = Command::new(program);
    fuzz.arg(&found).arg(root().join("fuzz/corpus").join(target)).env("FUZZ_TARGET", target).args([
        format!("-runs={}", options.executions),
        format!("-seed={}", options.seed),
        format!("-max_len={LONGEST}"),
        format!("-artifact_prefix={}/", findings.display()),
        "-print_final_stats=1".to_owned(),
    ]);
    if let Some(minutes) = options.minutes {
        fuzz.arg(format!("-max_total_time={}", minutes * 60));
    }
    let output =
        fuzz.stdin(Stdio::null()).output().or_say(|| format!("cannot start {}", program.display()))?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprintln!("{log}");
    }
    let told = Told { is_success: output.status.success(), ..Told::read(&log) };
    if told.is_success && told.executions == 0 {
        return Err(Error::new(format!("libFuzzer has tried nothing on {target}: {log}")));
    }
    Ok(told)
}

impl Told {
    fn read(log: &str) -> Self {
        let last = |mark: &str| {
            let number = log.rmatch_indices(mark).next().map(|(at, _)| log[at + mark.len()..].trim_start());
            let digits =
                number.map(|text| text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default());
            digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
        };
        Self {
            executions: last("stat::number_of_executed_units:"),
            rate: last("stat::average_exec_per_sec:"),
            branches: last(" cov: "),
            is_success: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_last_counts() {
        let log = "#2\tINITED cov: 5 ft: 6\n#9\tDONE   cov: 12 ft: 20 corp: 3/4b\n\
            stat::number_of_executed_units: 9\nstat::average_exec_per_sec:     4\n";
        let told = Told::read(log);
        assert_eq!((told.executions, told.rate, told.branches), (9, 4, 12));
        assert_eq!(Told::read("").executions, 0);
    }

    #[test]
    fn options_come_in_pairs() {
        let read = |line: &str| Options::read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let options = read("--target a,b --minutes 3").expect("options");
        assert_eq!((options.targets, options.minutes), (vec!["a".to_owned(), "b".to_owned()], Some(3)));
        assert!(read("--minutes").is_none() && read("--minutes x").is_none() && read("--x 1").is_none());
    }
}
