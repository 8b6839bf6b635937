//! What a JSON text means, and whether it can be stored: read by hand, after RFC 8259, with nothing of the crate's or
//! of serde's.

use std::collections::BTreeMap;

/// A value as the text says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Null,
    Bool(bool),
    /// Sign, digits without zeros at either end, and the power of ten of the last.
    Number(bool, String, i64),
    /// Code units, since half of a surrogate pair is no character.
    Text(Vec<u16>),
    List(Vec<Meaning>),
    /// Of a name that is there twice, the last value counts.
    Object(BTreeMap<Vec<u16>, Meaning>),
}

/// Reads a whole text. `None`: it is no JSON.
pub(crate) fn read(text: &str) -> Option<Meaning> {
    read_and_judge(text).map(|(meaning, _)| meaning)
}

/// The same, with all that is wrong with it, also in what does not count because its name comes twice.
pub(crate) fn read_and_judge(text: &str) -> Option<(Meaning, Vec<Refusal>)> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, refusals: Vec::new() };
    let meaning = reader.value(0)?;
    reader.space();
    (reader.at == reader.bytes.len()).then_some((meaning, reader.refusals))
}

/// Deeper than anything that is stored.
const DEEPEST: usize = 300;

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    refusals: Vec<Refusal>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, meaning: Meaning) -> Option<Meaning> {
        self.bytes[self.at..].starts_with(word.as_bytes()).then(|| self.at += word.len())?;
        Some(meaning)
    }

    fn value(&mut self, depth: usize) -> Option<Meaning> {
        if depth > DEEPEST {
            return None;
        }
        self.space();
        match self.peek()? {
            b'n' => self.word("null", Meaning::Null),
            b't' => self.word("true", Meaning::Bool(true)),
            b'f' => self.word("false", Meaning::Bool(false)),
            b'"' => self.text().map(Meaning::Text),
            b'[' => self.list(depth),
            b'{' => self.object(depth),
            _ => self.number(),
        }
    }

    /// Of a list or an object within so many others.
    fn judge_depth(&mut self, depth: usize) {
        if depth >= 64 {
            self.refusals.push(Refusal::TooDeep);
        }
    }

    fn list(&mut self, depth: usize) -> Option<Meaning> {
        self.take(b'[')?;
        self.judge_depth(depth);
        let mut items = Vec::new();
        self.space();
        if self.take(b']').is_some() {
            return Some(Meaning::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.take(b',') {
                Some(()) => {}
                None => return self.take(b']').map(|()| Meaning::List(items)),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Meaning> {
        self.take(b'{')?;
        self.judge_depth(depth);
        let mut members = BTreeMap::new();
        self.space();
        if self.take(b'}').is_some() {
            return Some(Meaning::Object(members));
        }
        loop {
            self.space();
            let name = self.text()?;
            self.space();
            self.take(b':')?;
            members.insert(name, self.value(depth + 1)?);
            self.space();
            match self.take(b',') {
                Some(()) => {}
                None => return self.take(b'}').map(|()| Meaning::Object(members)),
            }
        }
    }

    fn text(&mut self) -> Option<Vec<u16>> {
        self.take(b'"')?;
        let mut units = Vec::new();
        loop {
            let character = self.text.get(self.at..)?.chars().next()?;
            self.at += character.len_utf8();
            match character {
                '"' => {
                    if units.contains(&0) {
                        self.refusals.push(Refusal::Nul);
                    }
                    if char::decode_utf16(units.iter().copied()).any(|character| character.is_err()) {
                        self.refusals.push(Refusal::LoneSurrogate);
                    }
                    return Some(units);
                }
                '\\' => units.push(self.escape()?),
                '\0'..='\x1f' => return None,
                other => units.extend_from_slice(other.encode_utf16(&mut [0; 2])),
            }
        }
    }

    fn escape(&mut self) -> Option<u16> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => letter.into(),
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().try_fold(0_u16, |unit, digit| {
                    Some(unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?)
                })?
            }
            _ => return None,
        })
    }

    fn digits(&mut self) -> Option<String> {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.bytes[begin..self.at]).ok()?;
        (!digits.is_empty()).then(|| digits.to_owned())
    }

    fn number(&mut self) -> Option<Meaning> {
        let is_negative = self.take(b'-').is_some();
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        let decimals = match self.take(b'.') {
            Some(()) => self.digits()?,
            None => String::new(),
        };
        let exponent = match self.peek() {
            Some(b'e' | b'E') => {
                self.at += 1;
                let is_small = self.take(b'-').is_some();
                if !is_small {
                    self.take(b'+');
                }
                // Of more digits than a number has in memory, it is beyond everything anyway.
                let size = self.digits()?.parse::<i64>().unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
                if is_small { -size } else { size }
            }
            _ => 0,
        };
        let number = plain(is_negative, &format!("{whole}{decimals}"), exponent - decimals.len() as i64);
        if let Meaning::Number(_, digits, exponent) = &number {
            // A double ends at 1.797…e308; what lies half a step beyond is rounded to one.
            let size = digits.len() as i64 + exponent;
            if size > 309 || (size == 309 && digits.as_str() >= "17976931348623158079") {
                self.refusals.push(Refusal::Number);
            }
        }
        Some(number)
    }
}

/// Zero is zero, whatever stands before or behind it.
fn plain(is_negative: bool, digits: &str, exponent: i64) -> Meaning {
    let digits = digits.trim_start_matches('0');
    let short = digits.trim_end_matches('0');
    match short.is_empty() {
        true => Meaning::Number(false, "0".into(), 0),
        false => Meaning::Number(is_negative, short.into(), exponent + (digits.len() - short.len()) as i64),
    }
}

/// Why a value is to be refused, as the documentation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    Nul,
    LoneSurrogate,
    Number,
    TooDeep,
}

#[test]
fn a_text_means_what_it_says() {
    let same = [
        ("1.0", "1"),
        ("-0", "0"),
        ("0.10", "1e-1"),
        ("100", "1E+2"),
        (" [1 , 2]", "[1,2]"),
        ("\"\\u0041\"", "\"A\""),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        ("\"\\ud83e\\udd80\"", "\"🦀\""),
        ("0e9", "0"),
    ];
    for (one, other) in same {
        assert!(read(one).is_some() && read(one) == read(other), "{one} {other}");
    }
    for (one, other) in
        [("1", "2"), ("-1", "1"), ("\"1\"", "1"), ("[1]", "[[1]]"), ("1e1", "1e2"), ("{}", "[]")]
    {
        assert_ne!(read(one), read(other), "{one} {other}");
    }
    for no in [
        "",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "[1,]",
        "{,}",
        "{\"a\"}",
        "\"\n\"",
        "\"\\x\"",
        "nul",
        "1 2",
        "\u{feff}1",
    ] {
        assert_eq!(read(no), None, "{no:?}");
    }
}
