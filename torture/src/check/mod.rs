//! Whether a history can be true.
//!
//! All of this is pure: it reads what was written down, and knows neither processes nor servers. What is promised:
//!
//! | | |
//! | --- | --- |
//! | I1 | What has ended is over: nobody who asks afterwards finds it alive |
//! | I2 | What was acknowledged is there, until something else is: values, steps of a counter, sessions |
//! | I3 | Nobody sees what was stored in another session |
//! | I4 | Versions never go back, and a version has one content |
//! | I5 | No deadline grows, and nobody lives longer than the times allow |
//! | I6 | An id that was left is dead |
//! | I7 | Who stores nothing makes no row; who begins one session makes one |
//! | I8 | What belongs together happens together |
//! | I9 | Lists show who lives, all of them, and nobody else |
//! | I10 | Pruning takes the dead |
//!
//! An operation takes effect at one instant between its invocation and its answer. One without an answer takes effect
//! at any time after its invocation, or never.

mod counters;
mod deaths;
mod expiry;
mod identity;
mod life;
mod lines;
mod registers;
mod rows;
mod versions;
mod world;

use std::fmt;

use crate::apps::{Configuration, Times};
use crate::history::{EventNo, History, Micros};
use world::World;

/// What holds in a round.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A read may be so old, unless what it misses went through the same process.
    pub staleness: Micros,
    /// The same while a failover is not long ago.
    pub staleness_after_failover: Micros,
    /// Nobody lives longer without use.
    pub idle: Micros,
    /// Nobody lives longer at all.
    pub absolute: Micros,
    /// How long an old id is remembered.
    pub late_grace: Micros,
}

impl Rules {
    /// What these applications promise.
    pub fn of(configuration: Configuration, times: Times) -> Self {
        let micros = |time: std::time::Duration| time.as_micros() as Micros;
        let staleness = match configuration {
            Configuration::Cached => micros(times.max_silence),
            _ => 0,
        };
        Self {
            staleness,
            // Twelve silences, if this pool finds no way to the new server; see docs/design.md.
            staleness_after_failover: 12 * staleness,
            idle: micros(times.idle),
            absolute: micros(times.absolute),
            late_grace: micros(times.late_grace),
        }
    }
}

/// Something that cannot be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What it is against.
    pub invariant: Invariant,
    /// What is wrong.
    pub sentence: String,
    /// The events that contradict each other.
    pub events: Vec<EventNo>,
}

/// What always holds; see the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// No resurrection.
    I1,
    /// No acknowledged write is lost.
    I2,
    /// No cross-talk.
    I3,
    /// Versions never go back.
    I4,
    /// No deadline grows.
    I5,
    /// No fixation.
    I6,
    /// No rows of strangers.
    I7,
    /// All or nothing.
    I8,
    /// Honest lists.
    I9,
    /// Pruning takes the dead.
    I10,
    /// An answer that nobody should get.
    Answers,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::I1 => "I1 (nothing comes back)",
            Self::I2 => "I2 (nothing acknowledged is lost)",
            Self::I3 => "I3 (no cross-talk)",
            Self::I4 => "I4 (versions never go back)",
            Self::I5 => "I5 (no deadline grows)",
            Self::I6 => "I6 (an id that was left is dead)",
            Self::I7 => "I7 (strangers make no rows)",
            Self::I8 => "I8 (all or nothing)",
            Self::I9 => "I9 (lists are honest)",
            Self::I10 => "I10 (pruning takes the dead)",
            Self::Answers => "answers (nobody gets a 500, or nothing)",
        };
        f.write_str(name)
    }
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How often somebody saw a session alive.
    pub sights: usize,
    /// How often somebody found none where there had been one.
    pub absences: usize,
    /// Sessions.
    pub sessions: usize,
    /// What cannot be true.
    pub violations: Vec<Violation>,
}

/// Checks everything.
pub fn check(history: &History, rules: Rules) -> Findings {
    let world = World::new(history, rules);
    let mut violations = Vec::new();
    world.answers(&mut violations);
    for check in [
        identity::check,
        rows::check,
        life::check,
        registers::check,
        lines::check,
        counters::check,
        versions::check,
        expiry::check,
    ] {
        check(&world, &mut violations);
    }
    Findings {
        sights: world.sights.len(),
        absences: world.absences.len(),
        sessions: world.sessions.len(),
        violations,
    }
}

#[cfg(test)]
mod tests;
