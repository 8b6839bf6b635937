//! What the long form is told.

use std::time::Duration;

use fuzz::{TARGETS, Target, target};

pub(crate) const USAGE: &str = "Usage: ./dev fuzz [--target A,B] [--executions N] [--minutes N] [--seed N]

  --target A,B     these only
  --executions N   so many of each (a million)
  --minutes N      at most so long for each
  --seed N         other variations than those of seed 1";

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) targets: Vec<&'static Target>,
    pub(crate) executions: u64,
    pub(crate) time: Option<Duration>,
    pub(crate) seed: u64,
}

impl Options {
    pub(crate) fn read(words: &[String]) -> Result<Self, String> {
        let mut options =
            Self { targets: TARGETS.iter().collect(), executions: 1_000_000, time: None, seed: 1 };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} wants something behind it"))?;
            let number =
                || value.parse::<u64>().map_err(|_| format!("{word} takes a number, and not {value:?}"));
            match &**word {
                "--target" => options.targets = value.split(',').map(named).collect::<Result<_, _>>()?,
                "--executions" => options.executions = number()?,
                "--minutes" => options.time = Some(Duration::from_secs(60 * number()?)),
                "--seed" => options.seed = number()?,
                _ => return Err(format!("there is no option {word}")),
            }
        }
        Ok(options)
    }
}

fn named(name: &str) -> Result<&'static Target, String> {
    target(name).ok_or_else(|| {
        let all: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        format!("there is no target {name:?}; there are {}", all.join(", "))
    })
}
