//! Many scripts, a few to each pair of drivers.

use std::ops::Range;

use super::compare::Aspect;
use super::dice::Dice;
use super::differences;
use super::differences::Deliberate;
use super::driver::Program;
use super::generate::script;
use super::options::{Options, Store};
use super::pair::Pair;
use super::report::{Report, Summary};
use super::shrink::shrunk;

/// Starting drivers takes longer than playing scripts to them.
const SCRIPTS_PER_START: u64 = 10;

/// Of so many divergences of a kind a report is printed. The others are counted.
const REPORTS: usize = 3;

/// What is to be compared, and how much.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) other: Program,
    pub(crate) store: Store,
    pub(crate) seed: u64,
    pub(crate) scenarios: u64,
    /// The number of the one scenario that is played, if it is only one.
    pub(crate) only: Option<u64>,
    pub(crate) deliberate: &'static [Deliberate],
}

impl Run {
    fn name(&self) -> &'static str {
        match self.other {
            Program::CrateInStep => "table, touched whole",
            _ => self.store.name(),
        }
    }

    /// Plays all scenarios, and prints what diverges.
    pub(crate) async fn all(self) -> Summary {
        self.up_to(usize::MAX).await
    }

    /// Plays scenarios until one diverges, and prints nothing.
    pub(crate) async fn until_one_diverges(self) -> Summary {
        self.up_to(1).await
    }

    async fn up_to(self, divergences: usize) -> Summary {
        let mut pair = Pair::new(self.other, self.store, self.deliberate).await;
        let mut summary = Summary::new(self.name(), self.seed, self.deliberate);
        let mut first = 0;
        while first < self.scenarios && summary.divergences() < divergences {
            let numbers = first..self.scenarios.min(first + SCRIPTS_PER_START);
            first = numbers.end;
            self.batch(&mut pair, numbers, &mut summary, divergences).await;
        }
        pair.end();
        summary
    }

    /// Plays the scenarios of one start: they have the same options.
    async fn batch(&self, pair: &mut Pair, numbers: Range<u64>, summary: &mut Summary, divergences: usize) {
        let options = Options::thrown(&mut Dice::for_part(self.seed, 2 * numbers.start), self.store);
        let mut is_running = false;
        for number in numbers.filter(|number| self.only.is_none_or(|only| *number == only)) {
            if summary.divergences() >= divergences {
                break;
            }
            let tell = |alike: usize, script, fault| {
                if divergences > 1 && alike <= REPORTS {
                    println!("{}", Report { number, seed: self.seed, options: &options, script, fault });
                }
            };
            if !is_running && let Err(complaint) = pair.start(&options).await {
                tell(summary.add_refusal(), None, Err(&complaint));
                // Nor would it start for the next scenario.
                break;
            }
            let mut script = script(&mut Dice::for_part(self.seed, 2 * number + 1), &options);
            if matches!(self.other, Program::CrateInStep) {
                script.change_ops(differences::without_changes_of_lifetime);
            }
            let played = pair.play(&script, &options).await;
            let alike = summary.add(&played);
            is_running = true;
            let Some(fault) = played.fault else { continue };
            if fault.aspect() == Aspect::Reply {
                // The driver is no more to be relied on.
                is_running = false;
                tell(alike, Some(&script), Ok(&fault.with_last_words(&pair.end())));
            } else if divergences > 1 && alike <= REPORTS {
                let (script, fault) = shrunk(pair, &options, &script, fault).await;
                tell(alike, Some(&script), Ok(&fault));
            }
        }
    }
}
