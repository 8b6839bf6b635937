//! What each client is going to do: the same for the same seed, whatever the answers are.
//!
//! What a step meets depends on what others have done meanwhile, and so differs from run to run.

use crate::dice::Dice;

/// Names that values stand under.
pub(super) const KEYS: [&str; 3] = ["a", "b", "c"];
/// People who sign in. Few, so that an owner has several sessions.
pub(super) const OWNERS: [&str; 5] = ["ann", "bob", "cay", "dan", "eve"];

/// Something to do, apart from who and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Create,
    Read,
    Set(&'static str),
    SetWithLine(&'static str),
    SetDetached(&'static str),
    Remove(&'static str),
    Both,
    Count,
    Touch,
    Renew,
    Login(&'static str),
    Logout,
    Devices,
    /// Whose, by the place of their session.
    EndDevice(usize),
    EndOthers,
    EndAll,
    Revoke,
    RevokeOwner(&'static str),
    RevokeAll,
    Prune,
    List,
}

/// One step of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The place whose session it is about.
    pub(super) place: usize,
    /// The application that is asked.
    pub(super) process: usize,
    pub(super) what: What,
    /// With an old cookie of that place, if there is one: which one.
    pub(super) with_an_old_one: Option<usize>,
    /// How long it waits before, in microseconds.
    pub(super) pause: u64,
    /// When it hangs up, in microseconds after asking.
    pub(super) hangs_up: Option<u64>,
}

/// A client's steps, without an end.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    dice: Dice,
    places: usize,
    processes: usize,
}

impl Plan {
    pub(super) fn new(seed: u64, client: u32, places: usize, processes: usize) -> Self {
        Self { dice: Dice::of(seed, u64::from(client)), places, processes }
    }

    fn what(&mut self) -> What {
        let mut dice = self.dice.clone();
        self.dice.number();
        let roll = dice.below(1000);
        let key = KEYS[dice.below(KEYS.len())];
        let owner = OWNERS[dice.below(OWNERS.len())];
        match roll {
            0..40 => What::Create,
            40..330 => What::Read,
            330..450 => What::Set(key),
            450..490 => What::SetWithLine(key),
            490..520 => What::SetDetached(key),
            520..560 => What::Remove(key),
            560..650 => What::Both,
            650..780 => What::Count,
            780..810 => What::Touch,
            810..870 => What::Renew,
            870..915 => What::Login(owner),
            915..935 => What::Logout,
            935..945 => What::Devices,
            945..953 => What::EndDevice(dice.below(self.places)),
            953..957 => What::EndOthers,
            957..959 => What::EndAll,
            959..969 => What::Revoke,
            969..971 => What::RevokeOwner(owner),
            971 => match dice.below(3) {
                0 => What::RevokeAll,
                _ => What::Read,
            },
            972..982 => What::Prune,
            982..990 => What::List,
            _ => What::Read,
        }
    }
}

impl Iterator for Plan {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let what = self.what();
        let dice = &mut self.dice;
        // The first places are where everybody is.
        let place = dice.below(self.places).min(dice.below(self.places)).min(dice.below(self.places));
        let process = dice.below(self.processes);
        let is_old = dice.percent(8);
        let which = dice.below(1 << 16);
        let pause = match dice.below(10) {
            0..6 => 0,
            6..9 => dice.below(2_000) as u64,
            _ => dice.below(60_000) as u64,
        };
        let is_impatient = dice.percent(2);
        let patience = dice.below(4_000) as u64;
        Some(Step {
            place,
            process,
            what,
            with_an_old_one: is_old.then_some(which),
            pause,
            hangs_up: is_impatient.then_some(patience),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(seed: u64, client: u32) -> Vec<Step> {
        Plan::new(seed, client, 12, 3).take(5000).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_client_another() {
        assert_eq!(steps(7, 1), steps(7, 1));
        assert_ne!(steps(7, 1), steps(7, 2));
        assert_ne!(steps(7, 1), steps(8, 1));
    }

    #[test]
    fn everything_is_done_everywhere() {
        let steps = steps(1, 1);
        for process in 0..3 {
            assert!(steps.iter().any(|step| step.process == process));
        }
        for place in 0..12 {
            assert!(steps.iter().any(|step| step.place == place));
        }
        let rare = [What::RevokeAll, What::EndAll, What::EndOthers, What::Prune, What::List, What::Devices];
        for what in rare {
            assert!(steps.iter().any(|step| step.what == what), "{what:?}");
        }
    }
}
