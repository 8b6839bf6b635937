//! Words in braces that stand for what no fuzzer could make up, such as a cookie that is signed.

use std::collections::HashMap;

/// What words stand for.
#[derive(Debug, Default)]
pub(crate) struct Words(HashMap<String, Vec<u8>>);

impl Words {
    pub(crate) fn say(&mut self, word: impl Into<String>, meaning: impl Into<Vec<u8>>) {
        self.0.insert(word.into(), meaning.into());
    }

    /// The text with `{word}` replaced, for each word that is known. Anything else stays as it is.
    pub(crate) fn fill(&self, text: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(text.len() + 128);
        let mut rest = text;
        while let Some(at) = rest.iter().position(|byte| *byte == b'{') {
            filled.extend_from_slice(&rest[..at]);
            rest = &rest[at..];
            let end = rest.iter().position(|byte| *byte == b'}');
            let known = end.and_then(|end| Some((end, self.0.get(str::from_utf8(&rest[1..end]).ok()?)?)));
            match known {
                Some((end, meaning)) => {
                    filled.extend_from_slice(meaning);
                    rest = &rest[end + 1..];
                }
                None => {
                    filled.push(b'{');
                    rest = &rest[1..];
                }
            }
        }
        filled.extend_from_slice(rest);
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_replaced_and_everything_else_stays() {
        let mut words = Words::default();
        words.say("a", "b{a}");
        assert_eq!(words.fill(b"{a}{{x}{a} {"), b"b{a}{{x}b{a} {");
    }
}
