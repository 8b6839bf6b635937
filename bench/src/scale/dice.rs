//! Chance, the same in every run.

/// Splitmix64: a few instructions a number, and even enough for choosing sessions.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    pub(super) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.fraction() * bound as f64) as usize
    }
}

/// Who comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Popularity {
    /// Everybody alike: the worst that can happen to a cache.
    Uniform,
    /// Some come often: the rank of who comes next is exponential in a fair number, which is Zipf's law.
    Zipf,
    /// One after the other, each once.
    InOrder,
}

/// Divides no number of rows that anybody would ask for, so that multiples of it visit all places.
const PRIME: usize = 15_485_863;

impl Popularity {
    /// The place of who comes as the `turn`-th, of so many.
    pub(super) fn pick(self, dice: &mut Dice, turn: usize, of: usize) -> usize {
        match self {
            Self::Uniform => dice.below(of),
            // Neighbours in rank are no neighbours on the disk.
            Self::Zipf => (of as f64).powf(dice.fraction()) as usize * PRIME % of,
            Self::InOrder => turn % of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dice, Popularity};

    fn picks(popularity: Popularity) -> Vec<u32> {
        let mut dice = Dice::new(1);
        let mut visits = vec![0; 1000];
        (0..100_000).for_each(|turn| visits[popularity.pick(&mut dice, turn, 1000)] += 1);
        visits.sort_unstable();
        visits
    }

    #[test]
    fn everybody_comes_about_equally_often() {
        let visits = picks(Popularity::Uniform);
        assert!(visits[0] > 50 && visits[999] < 200, "{} to {}", visits[0], visits[999]);
    }

    #[test]
    fn the_first_of_a_thousand_comes_a_tenth_of_the_time() {
        let visits = picks(Popularity::Zipf);
        // ln 2 / ln 1000
        assert!((9_500..10_600).contains(&visits[999]), "{}", visits[999]);
    }
}
