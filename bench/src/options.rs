//! What the person asked for.

use std::error::Error;

use crate::contenders::{self, ALL, Contender};
use crate::workload::{Case, Workload};

/// How long the load lasts that is there for its latency alone, in seconds.
const SHORT: u32 = 1;

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) contenders: Vec<Contender>,
    pub(crate) cases: Vec<Case>,
    pub(crate) rounds: u32,
    /// Sessions that are visited.
    pub(crate) sessions: u32,
    /// Whether PostgreSQL waits for the disk at each commit.
    pub(crate) is_durable: bool,
}

impl Options {
    pub(crate) fn read(words: &[&str]) -> Result<Self, Box<dyn Error>> {
        let (mut contenders, mut workloads, mut connections) = (None, None, None);
        let (mut rounds, mut seconds, mut sessions) = (5, 2, 10_000);
        let mut is_durable = false;
        let mut words = words.iter().copied();
        while let Some(name) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{name} takes a value"));
            match name {
                "--contenders" => contenders = Some(list(value()?, contenders::named)?),
                "--workloads" => workloads = Some(list(value()?, Workload::named)?),
                "--connections" => connections = Some(list(value()?, number)?),
                "--rounds" => rounds = number(value()?)?,
                "--seconds" => seconds = number(value()?)?,
                "--sessions" => sessions = number(value()?)?,
                "--quick" => (rounds, seconds, sessions) = (1, 1, 2_000),
                "--durable" => is_durable = true,
                other => return Err(format!("{other:?} is no option; docs/performance.md lists them").into()),
            }
        }
        let is_headline = workloads.is_none() && connections.is_none();
        let mut cases = Vec::new();
        for connections in connections.unwrap_or_else(|| vec![128]) {
            for workload in workloads.clone().unwrap_or_else(|| Workload::ALL.to_vec()) {
                cases.push(Case { workload, connections, seconds });
            }
        }
        if is_headline {
            let alone = [Workload::Read, Workload::Change];
            cases.extend(alone.map(|workload| Case { workload, connections: 1, seconds: SHORT }));
        }
        let contenders = contenders.unwrap_or_else(|| ALL.to_vec());
        Ok(Self { contenders, cases, rounds, sessions, is_durable })
    }
}

fn list<T>(words: &str, read: impl Fn(&str) -> Result<T, Box<dyn Error>>) -> Result<Vec<T>, Box<dyn Error>> {
    words.split(',').map(read).collect()
}

/// Nothing can be done zero times, nor for no seconds.
fn number(word: &str) -> Result<u32, Box<dyn Error>> {
    let number = word.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("{word:?} is no number above zero").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, Box<dyn Error>> {
        Options::read(&line.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn without_any_the_headline_is_measured_with_a_look_at_latency() {
        let options = read("").unwrap();
        let connections: Vec<_> = options.cases.iter().map(|case| case.connections).collect();
        assert_eq!(connections, [128, 128, 128, 128, 128, 1, 1]);
        assert_eq!((options.rounds, options.contenders.len()), (5, ALL.len()));
    }

    #[test]
    fn workloads_and_connections_are_lists_and_all_pairs_are_measured() {
        let options = read("--workloads read,mix --connections 32,512 --seconds 2").unwrap();
        let cases: Vec<_> = options.cases.iter().map(|case| (case.workload, case.connections)).collect();
        let (read, mix) = (Workload::Read, Workload::Mix);
        assert_eq!(cases, [(read, 32), (mix, 32), (read, 512), (mix, 512)]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in ["--rounds", "--rounds 0", "--workloads reed", "--contenders me", "--fast"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
