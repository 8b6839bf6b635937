//! A turn in a process of its own.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use fuzz::rounds::{Limits, run};
use fuzz::{Target, target};

/// The word that begins one.
pub(crate) const WORD: &str = "--turn";

/// Set for a turn that is taken once more because the first ended in the middle: each input is written there
/// before it is tried.
const LAST_INPUT: &str = "FUZZ_LAST_INPUT";

#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) target: &'static Target,
    pub(crate) seed: u64,
    pub(crate) executions: u64,
    pub(crate) time: Duration,
}

/// Takes a turn elsewhere; answers how many inputs were tried, how long it took, and where the one is that found
/// something.
pub(crate) fn ended(turn: &Turn) -> (u64, Duration, Option<PathBuf>) {
    let (ok, told) = start(turn, None);
    let mut told = told.lines();
    let mut number = || told.next().and_then(|line| line.parse::<u64>().ok());
    if let (Some(executions), Some(micros)) = (number(), number()) {
        let finding = told.next().map(PathBuf::from);
        return (executions, Duration::from_micros(micros), finding);
    }
    assert!(!ok, "a turn that says nothing has failed");
    // It has not even lived to tell: once more, with each input written down.
    let last = folder(turn.target).join("last");
    start(turn, Some(&last));
    let input = std::fs::read(&last).unwrap_or_default();
    (0, Duration::ZERO, Some(keep(turn.target, &input)))
}

fn start(turn: &Turn, last_input: Option<&PathBuf>) -> (bool, String) {
    let ourselves = std::env::current_exe().expect("this program is somewhere");
    let mut command = Command::new(ourselves);
    let time = turn.time.as_secs_f64().to_string();
    command.args([WORD, turn.target.name, &turn.seed.to_string(), &turn.executions.to_string(), &time]);
    if let Some(last_input) = last_input {
        command.env(LAST_INPUT, last_input);
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().expect("it starts");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The other side: takes the turn, and tells.
pub(crate) fn take(words: &[String]) -> ExitCode {
    let [name, seed, executions, time] = words else { return ExitCode::from(2) };
    let parsed = (target(name), seed.parse(), executions.parse(), time.parse());
    let (Some(target), Ok(seed), Ok(executions), Ok(time)) = parsed else { return ExitCode::from(2) };
    let limits = Limits { executions, time: Duration::from_secs_f64(time) };
    let each: fn(&[u8]) = if std::env::var_os(LAST_INPUT).is_some() { write_down } else { |_| {} };
    let outcome = run(target, seed, limits, each);
    println!("{}\n{}", outcome.executions, outcome.time.as_micros());
    if let Some((input, words)) = outcome.finding {
        eprintln!("{target:?}: {words}");
        println!("{}", keep(target, &input).display());
    }
    ExitCode::SUCCESS
}

fn write_down(input: &[u8]) {
    if let Some(path) = std::env::var_os(LAST_INPUT) {
        std::fs::write(path, input).expect("it can be written");
    }
}

/// Keeps an input that has found something.
fn keep(target: &Target, input: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let path = folder(target).join(format!("{:016x}", hasher.finish()));
    std::fs::write(&path, input).expect("it can be written");
    path
}

fn folder(target: &Target) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/findings").join(target.name);
    std::fs::create_dir_all(&folder).expect("it can be made");
    folder
}
