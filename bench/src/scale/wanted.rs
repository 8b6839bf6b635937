//! What the person asked for.

use std::str::FromStr;

use actix_pg_session::Pruning;

use super::Result;
use super::layout::Layout;

const USAGE: &str = "--only ladder|prune|dashboard, --layout plain|partitioned|plain,partitioned, --rows N,N…, --rounds N, --calls N, --live N, \
    --expired N, --seconds N, --pace BATCH:REST,…, --turns N, --set name=value";

pub(super) struct Wanted {
    pub(super) does_ladder: bool,
    pub(super) does_prune: bool,
    /// The dashboard's pages, on the largest of the ladder's tables.
    pub(super) does_pages: bool,
    pub(super) layouts: Vec<Layout>,
    /// The ladder: live rows of each table, rounds, and how many calls a crowd makes in each.
    pub(super) rows: Vec<usize>,
    pub(super) rounds: usize,
    pub(super) calls: usize,
    /// Pruning: live rows, expired rows, the length of a window in seconds, and what is compared.
    pub(super) live: usize,
    pub(super) expired: usize,
    pub(super) seconds: u64,
    pub(super) paces: Vec<Pace>,
    /// How often all paces have their turn at most; what is left then is pruned without load.
    pub(super) turns: usize,
    /// Settings of the server beyond those of the report.
    pub(super) settings: Vec<(String, String)>,
}

/// How the library's pruner goes about it.
#[derive(Clone, Copy)]
pub(super) struct Pace(pub(super) Pruning);

impl Pace {
    pub(super) fn title(self) -> String {
        format!("pruning {} at a step, rest {}", self.0.batch, self.0.rest)
    }
}

/// `1000:1` is a thousand rows at a step, and rests as long as the step took.
impl FromStr for Pace {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let (batch, rest) = text.split_once(':').ok_or(())?;
        let number = |text: &str| text.parse().map_err(|_| ());
        Ok(Self(Pruning { batch: number(batch)?, rest: number(rest)?, ..Pruning::default() }))
    }
}

impl Wanted {
    pub(super) fn read(words: &[&str]) -> Result<Self> {
        let mut wanted = Self {
            does_ladder: true,
            does_prune: true,
            does_pages: true,
            layouts: vec![Layout::Plain],
            rows: vec![10_000, 100_000, 1_000_000, 10_000_000],
            rounds: 5,
            calls: 50_000,
            live: 1_000_000,
            expired: 10_000_000,
            seconds: 5,
            paces: vec![Pace(Pruning::default())],
            turns: 40,
            settings: Vec::new(),
        };
        for pair in words.chunks(2) {
            let value = *pair.get(1).ok_or_else(|| format!("{:?} wants a value", pair[0]))?;
            match pair[0] {
                "--only" => {
                    wanted.does_ladder = value == "ladder";
                    wanted.does_prune = value == "prune";
                    wanted.does_pages = value == "dashboard";
                }
                "--layout" => wanted.layouts = list(value)?,
                "--rows" => wanted.rows = list(value)?,
                "--rounds" => wanted.rounds = number(value)?,
                "--calls" => wanted.calls = number(value)?,
                "--live" => wanted.live = number(value)?,
                "--expired" => wanted.expired = number(value)?,
                "--seconds" => wanted.seconds = number(value)?,
                "--pace" => wanted.paces = list(value)?,
                "--turns" => wanted.turns = number(value)?,
                "--set" => {
                    let (name, value) = value.split_once('=').ok_or("--set wants name=value")?;
                    wanted.settings.push((name.into(), value.into()));
                }
                other => return Err(format!("{other:?} is none of {USAGE}").into()),
            }
        }
        if !(wanted.does_ladder || wanted.does_prune || wanted.does_pages)
            || wanted.rows.is_empty()
            || wanted.rounds == 0
            || wanted.paces.is_empty()
        {
            return Err(format!("nothing to do; {USAGE}").into());
        }
        Ok(wanted)
    }
}

fn number<T: FromStr>(value: &str) -> Result<T> {
    value.parse().map_err(|_| format!("{value:?} is not what is wanted here; {USAGE}").into())
}

fn list<T: FromStr>(values: &str) -> Result<Vec<T>> {
    values.split(',').map(number).collect()
}
