//! How the applications of a round are set up.

use std::path::PathBuf;
use std::time::Duration;

use super::Sabotage;

/// How an application keeps its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// Each call is a statement of its own.
    Alone,
    /// Calls go together, which is the default.
    Batched,
    /// With a cache that hears of changes.
    Cached,
    /// With a cache that asks the database each time.
    Strict,
    /// Together, through a PgBouncer in transaction mode, which knows no prepared statements.
    Pooled,
}

impl Configuration {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Alone, Self::Batched, Self::Cached, Self::Strict, Self::Pooled];

    /// Its name, for the command line and the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Batched => "batched",
            Self::Cached => "cached",
            Self::Strict => "strict",
            Self::Pooled => "pooled",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|configuration| configuration.name() == name)
    }

    /// Whether there is a cache, which listens.
    pub fn has_cache(self) -> bool {
        matches!(self, Self::Cached | Self::Strict)
    }
}

/// How long things last. Short, so that sessions end by themselves while somebody looks.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// A session ends when nobody has used it for so long.
    pub idle: Duration,
    /// A session ends so long after it began.
    pub absolute: Duration,
    /// An old id is remembered for so long.
    pub late_grace: Duration,
    /// A cache believes itself for so long without a sign of life.
    pub max_silence: Duration,
    /// What a page may take before it is a 503.
    pub store_timeout: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(6),
            absolute: Duration::from_secs(25),
            late_grace: Duration::from_secs(2),
            max_silence: Duration::from_secs(1),
            store_timeout: Duration::from_secs(3),
        }
    }
}

impl Times {
    /// For rounds of a few seconds.
    pub fn short() -> Self {
        Self {
            idle: Duration::from_millis(1500),
            absolute: Duration::from_secs(4),
            late_grace: Duration::from_secs(1),
            ..Self::default()
        }
    }

    fn named(&mut self) -> [(&'static str, &mut Duration); 5] {
        [
            ("--idle", &mut self.idle),
            ("--absolute", &mut self.absolute),
            ("--late-grace", &mut self.late_grace),
            ("--max-silence", &mut self.max_silence),
            ("--store-timeout", &mut self.store_timeout),
        ]
    }

    /// As words of a command line, in milliseconds.
    pub fn to_words(mut self) -> Vec<String> {
        self.named()
            .iter()
            .flat_map(|(name, time)| [(*name).to_owned(), time.as_millis().to_string()])
            .collect()
    }

    /// Sets the one of this name, if there is one.
    pub fn set(&mut self, name: &str, milliseconds: &str) -> Option<()> {
        let milliseconds = milliseconds.parse().ok()?;
        let (_, time) = self.named().into_iter().find(|(known, _)| *known == name)?;
        *time = Duration::from_millis(milliseconds);
        Some(())
    }
}

/// How the applications of a round are set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// This program: the tests, which are others, say where it is.
    pub program: PathBuf,
    /// How they keep their sessions.
    pub configuration: Configuration,
    /// How many there are.
    pub processes: usize,
    /// How long things last.
    pub times: Times,
    /// What is wrong with the store, to see whether it is noticed.
    pub sabotage: Option<Sabotage>,
}

impl Setup {
    /// The words that this program is to be started with, but for the port.
    pub fn to_words(&self) -> Vec<String> {
        let mut words = vec!["serve".to_owned(), "--configuration".to_owned()];
        words.push(self.configuration.name().to_owned());
        words.extend(self.times.to_words());
        if let Some(sabotage) = self.sabotage {
            words.extend(["--sabotage".to_owned(), sabotage.name().to_owned()]);
        }
        words
    }
}
