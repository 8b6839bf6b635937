//! Chance that can be repeated.

/// A source of numbers that depend on nothing but its seed, in every version of everything.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for the `number`th part of something, whatever the other parts take.
    pub(crate) fn for_part(seed: u64, number: u64) -> Self {
        let mut dice = Self(seed);
        Self(dice.next() ^ Self(number).next())
    }

    /// Steele, Lea and Flood's SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of `0..count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    /// One of `from..=to`.
    pub(crate) fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.below(to - from + 1)
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// Picks by weight.
    pub(crate) fn weighted<T: Clone>(&mut self, from: &[(usize, T)]) -> T {
        let mut at = self.below(from.iter().map(|(weight, _)| weight).sum());
        let found = from.iter().find(|(weight, _)| {
            let is_here = at < *weight;
            at = at.wrapping_sub(*weight);
            is_here
        });
        found.expect("the weights add up").1.clone()
    }
}

#[test]
fn a_seed_gives_the_same_numbers_and_another_gives_others() {
    let numbers = |mut dice: Dice| -> Vec<_> { (0..8).map(|_| dice.below(1000)).collect() };
    assert_eq!(numbers(Dice::for_part(42, 7)), numbers(Dice::for_part(42, 7)));
    assert_ne!(numbers(Dice::for_part(42, 7)), numbers(Dice::for_part(42, 8)));
    assert_ne!(numbers(Dice::for_part(42, 7)), numbers(Dice::for_part(43, 7)));
}

#[test]
fn weights_of_zero_are_never_picked() {
    let mut dice = Dice::new(1);
    assert!((0..100).all(|_| dice.weighted(&[(0, 'a'), (1, 'b'), (0, 'c')]) == 'b'));
}
