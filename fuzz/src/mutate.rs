//! Variations of inputs, made blindly but from good material: the corpus, and words that a target knows.

/// A generator of pseudorandom numbers (xorshift64*), so that a seed gives the same inputs anywhere.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Below `bound`, which is not zero.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// Makes inputs.
#[derive(Debug)]
pub(crate) struct Maker<'a> {
    dice: Dice,
    corpus: &'a [Vec<u8>],
    tokens: &'a [&'a str],
}

/// Longer ones find nothing new, and cost time.
const LONGEST: usize = 4096;

/// Bytes that mean something to somebody.
const PUNCTUATION: &[u8] = b"\0\t\n\r \"#%&'+,-./0:;<=>?@[\\]^`{|}~\x7f\x80\xc3\xed\xff";

impl<'a> Maker<'a> {
    pub(crate) fn new(seed: u64, corpus: &'a [Vec<u8>], tokens: &'a [&'a str]) -> Self {
        Self { dice: Dice::new(seed), corpus, tokens }
    }

    /// Puts the next input in the place of the one before.
    pub(crate) fn next(&mut self, input: &mut Vec<u8>) {
        input.clear();
        if !self.corpus.is_empty() && self.dice.below(64) > 0 {
            input.extend_from_slice(&self.corpus[self.dice.below(self.corpus.len())]);
        }
        // Mostly a few changes, sometimes many.
        let changes = 1 + self.dice.below(3) * self.dice.below(3);
        for _ in 0..changes {
            self.change(input);
        }
        input.truncate(LONGEST);
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.dice.below(input.len() + 1);
        match self.dice.below(10) {
            0 => match input.get_mut(at) {
                Some(byte) => *byte ^= 1 << self.dice.below(8),
                None => input.push(self.byte()),
            },
            1 => match input.get_mut(at) {
                Some(byte) => *byte = byte.wrapping_add(1),
                None => input.push(self.byte()),
            },
            2 => {
                let byte = self.byte();
                match input.get_mut(at) {
                    Some(old) => *old = byte,
                    None => input.push(byte),
                }
            }
            3 => {
                let byte = self.byte();
                input.insert(at, byte);
            }
            4 | 5 if !self.tokens.is_empty() => {
                let token = self.tokens[self.dice.below(self.tokens.len())].as_bytes();
                // Over what stands there, or between.
                let over = if self.dice.below(2) == 0 { self.dice.below(token.len() + 1) } else { 0 };
                let end = (at + over).min(input.len());
                input.splice(at..end, token.iter().copied());
            }
            6 | 7 => {
                let end = at + self.dice.below((input.len() - at).min(32) + 1);
                input.drain(at..end);
            }
            8 if !input.is_empty() => {
                let from = self.dice.below(input.len());
                let end = from + self.dice.below((input.len() - from).min(64) + 1);
                let piece = input[from..end].to_vec();
                input.splice(at..at, piece);
            }
            _ if !self.corpus.is_empty() => {
                let other = &self.corpus[self.dice.below(self.corpus.len())];
                let from = self.dice.below(other.len() + 1);
                let end = from + self.dice.below(other.len() - from + 1);
                input.splice(at.., other[from..end].iter().copied());
            }
            _ => input.push(self.byte()),
        }
    }

    fn byte(&mut self) -> u8 {
        match self.dice.below(4) {
            0 => self.dice.next() as u8,
            1 => b' ' + self.dice.below(95) as u8,
            _ => PUNCTUATION[self.dice.below(PUNCTUATION.len())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_inputs_and_another_seed_others() {
        let corpus = [b"one".to_vec(), b"another".to_vec()];
        let made = |seed| {
            let mut maker = Maker::new(seed, &corpus, &["{word}"]);
            let mut input = Vec::new();
            (0..100).map(|_| (maker.next(&mut input), input.clone()).1).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        assert!(made(1).iter().any(|input| input.ends_with(b"{word}")));
    }
}
