//! What the person asked for.

use std::time::Duration;

use crate::apps::{Configuration, Sabotage};
use crate::{Error, OrSay, Result};

/// What is to be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// For how long, all rounds together.
    pub lasting: Duration,
    /// A round lasts so long at most.
    pub round: Duration,
    /// And longer, until so much was asked for.
    pub at_least: usize,
    /// What chance begins with. Another one each time, if nobody says.
    pub seed: u64,
    /// How sessions are kept: a round each, in turn.
    pub configurations: Vec<Configuration>,
    /// The names of the faults; `None` is all of them.
    pub faults: Option<Vec<String>>,
    /// Applications.
    pub processes: usize,
    /// Clients.
    pub clients: u32,
    /// What is wrong with the store, to see whether it is noticed.
    pub sabotage: Option<Sabotage>,
}

impl Options {
    /// Reads the words of a command line.
    ///
    /// # Errors
    ///
    /// When one of them is not understood.
    pub fn read(words: &[String], seed: impl FnOnce() -> u64) -> Result<Self> {
        let mut options = Self {
            lasting: Duration::from_secs(60),
            round: Duration::from_secs(30),
            at_least: 0,
            seed: 0,
            configurations: Configuration::ALL.to_vec(),
            faults: None,
            processes: 3,
            clients: 16,
            sabotage: None,
        };
        let mut given_seed = None;
        let mut words = words.iter();
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| Error::new(format!("{name} takes a value")))?;
            let wrong = || Error::new(format!("{name} {value}: not understood"));
            match name.as_str() {
                "--minutes" => {
                    let minutes: f64 = value.parse().or_say(|| name.clone())?;
                    let is_possible = (0.0..100_000.0).contains(&minutes);
                    options.lasting = Duration::from_secs_f64(if is_possible {
                        minutes * 60.0
                    } else {
                        return Err(wrong());
                    });
                }
                "--round" => options.round = Duration::from_secs(number(value).ok_or_else(wrong)?),
                "--seed" => given_seed = Some(value.parse().or_say(|| name.clone())?),
                "--configuration" => {
                    let all = value.split(',').map(Configuration::named);
                    options.configurations = all.collect::<Option<_>>().ok_or_else(wrong)?;
                }
                "--faults" if value == "none" => options.faults = Some(Vec::new()),
                "--faults" => options.faults = Some(value.split(',').map(str::to_owned).collect()),
                "--processes" => options.processes = number(value).ok_or_else(wrong)? as usize,
                "--clients" => {
                    options.clients = number(value).and_then(|n| n.try_into().ok()).ok_or_else(wrong)?
                }
                "--sabotage" => options.sabotage = Some(Sabotage::named(value).ok_or_else(wrong)?),
                _ => {
                    let known = "--minutes --round --seed --configuration --faults --processes --clients";
                    return Err(Error::new(format!("{name:?} is no option; there are {known}")));
                }
            }
        }
        options.seed = given_seed.unwrap_or_else(seed);
        Ok(options)
    }

    /// The rounds: which configuration, and for how long.
    pub fn rounds(&self) -> Vec<(Configuration, Duration)> {
        let kinds = self.configurations.len().max(1) as f64;
        let share = self.lasting.as_secs_f64() / kinds;
        let each = (share / self.round.as_secs_f64()).ceil().max(1.0);
        let lasting = Duration::from_secs_f64(share / each);
        let turn = self.configurations.iter().map(|configuration| (*configuration, lasting));
        (0..each as usize).flat_map(|_| turn.clone()).collect()
    }

    /// What to type to see one of the rounds again.
    pub fn command(&self, configuration: Configuration, seed: u64, lasting: Duration) -> String {
        let faults = self.faults.as_ref().map(|names| match names.is_empty() {
            true => " --faults none".to_owned(),
            false => format!(" --faults {}", names.join(",")),
        });
        let sabotage = self.sabotage.map(|how| format!(" --sabotage {}", how.name()));
        format!(
            "./dev torture --configuration {} --seed {seed} --minutes {:.2} --processes {} --clients {}{}{}",
            configuration.name(),
            lasting.as_secs_f64() / 60.0,
            self.processes,
            self.clients,
            faults.unwrap_or_default(),
            sabotage.unwrap_or_default()
        )
    }
}

/// A number above zero.
fn number(word: &str) -> Option<u64> {
    word.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options> {
        Options::read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>(), || 7)
    }

    #[test]
    fn configurations_take_turns_for_as_long_as_was_asked() {
        let options = read("--minutes 4 --configuration cached,strict").expect("options");
        let rounds = options.rounds();
        assert_eq!(rounds.len(), 8);
        assert_eq!(rounds.iter().map(|(_, lasting)| *lasting).sum::<Duration>(), Duration::from_secs(240));
        assert_eq!((rounds[0].0, rounds[1].0), (Configuration::Cached, Configuration::Strict));
    }

    #[test]
    fn what_repeats_a_round_is_understood() {
        let options = read("--configuration alone --faults none --clients 3").expect("options");
        let command = options.command(Configuration::Alone, 12, Duration::from_secs(30));
        let again = read(command.strip_prefix("./dev torture").expect("a command")).expect("options");
        assert_eq!((again.seed, again.lasting, again.clients), (12, Duration::from_secs(30), 3));
        assert_eq!(again.faults, Some(Vec::new()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in
            ["--minutes", "--minutes x", "--minutes -1", "--processes 0", "--configuration fast", "--fast 1"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
