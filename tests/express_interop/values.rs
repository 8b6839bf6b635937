//! Sessions of every kind that a handler can store, the same ones for the same seed.
//!
//! They are JSON texts, so that the spelling varies too. U+0000 and half a surrogate pair are not among
//! them: the verbs refuse both, since `jsonb` would.

use serde_json::json;

/// Numbers by "splitmix64".
pub(crate) struct Values {
    state: u64,
}

const NAMES: [&str; 26] = [
    "user",
    "cart",
    "csrfToken",
    "passport",
    "",
    " ",
    "0",
    "7",
    "42",
    "007",
    "-1",
    "1.5",
    "4294967295",
    "a.b",
    "\"",
    "\\",
    "{}",
    "\n",
    "Cookie",
    "id",
    "toString",
    "constructor",
    "__proto__",
    "ключ",
    "🦀",
    "e\u{301}",
];

const TEXTS: [&str; 24] = [
    "",
    " ",
    "Ann",
    "Grüße, Ærøskøbing",
    "Здравствуйте",
    "Ελλάδα",
    "שלום עולם",
    "مرحبا بالعالم",
    "नमस्ते दुनिया",
    "สวัสดี",
    "日本語、中文、한국어",
    "ᚠᛇᚻ 𐎠𐎡 𝒜𝓃𝓃",
    "🦀 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
    "e\u{301} \u{202e}abc\u{202c} \u{200b}\u{feff}\u{a0}",
    "\u{2028}\u{2029}\u{85}",
    "\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1b}\u{1f}\u{7f}\u{80}\u{9f}",
    "\"\\/'`",
    "\\u0000 \\ud800 \\\" \\\\",
    "\u{ffff}\u{fffe}\u{fffd}\u{e000}\u{10ffff}",
    "{\"cookie\":{\"expires\":null}}",
    ",\"cookie\":{\"originalMaxAge\":1},",
    "'; drop table session; --",
    "$1 %s ?",
    "2026-11-25T11:07:45.000Z",
];

const NUMBERS: [&str; 24] = [
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "0.1",
    "0.30000000000000004",
    "1.00",
    "1E5",
    "1e+2",
    "123456789.125",
    "2147483648",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "100000000000000000000000",
    "1e21",
    "1e-7",
    "1.7976931348623157e308",
    "5e-324",
];

impl Values {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[usize::try_from(self.below(from.len() as u64)).expect("an index")]
    }

    fn list(&mut self, most: u64, mut item: impl FnMut(&mut Self) -> String) -> String {
        let items: Vec<_> = (0..self.below(most)).map(|_| item(self)).collect();
        items.join(",")
    }

    fn text(&mut self) -> String {
        let text = if self.below(4) > 0 {
            self.pick(&TEXTS).to_owned()
        } else {
            // Any characters at all.
            let codes: Vec<_> = (0..self.below(10)).map(|_| self.below(0x11_0000)).collect();
            codes.into_iter().filter_map(|code| char::from_u32(code as u32)).filter(|c| *c != '\0').collect()
        };
        if self.below(4) > 0 { json!(text).to_string() } else { escaped(&text) }
    }

    fn number(&mut self) -> String {
        match self.below(3) {
            0 => self.below(1000).to_string(),
            1 => {
                let double = f64::from_bits(self.next());
                if double.is_finite() { json!(double).to_string() } else { "0.5".to_owned() }
            }
            _ => self.pick(&NUMBERS).to_owned(),
        }
    }

    fn name(&mut self) -> String {
        match self.below(12) {
            0 => self.text(),
            _ => json!(self.pick(&NAMES)).to_string(),
        }
    }

    fn value(&mut self, depth: u64) -> String {
        match self.below(if depth > 0 { 10 } else { 7 }) {
            0..3 => self.text(),
            3..5 => self.number(),
            5 => ["true", "false"][usize::from(self.below(2) == 0)].to_owned(),
            6 => "null".to_owned(),
            7 => format!("[{}]", self.list(6, |values| values.value(depth - 1))),
            _ => self.object(6, depth - 1),
        }
    }

    fn object(&mut self, most: u64, depth: u64) -> String {
        let members = self.list(most, |values| {
            // Below the top, `cookie` is a name as any other.
            let name = if values.below(20) == 0 { "\"cookie\"".to_owned() } else { values.name() };
            format!("{name}:{}", values.value(depth))
        });
        format!("{{{members}}}")
    }

    fn large(&mut self) -> String {
        match self.below(4) {
            0 => (0..60).fold(self.value(0), |inner, n| match n % 2 {
                0 => format!("[{inner}]"),
                _ => format!("{{\"a\":{inner}}}"),
            }),
            1 => json!("long ".repeat(4000)).to_string(),
            2 => format!("[0{}]", (0..500).map(|_| format!(",{}", self.number())).collect::<String>()),
            _ => self.object(300, 1),
        }
    }

    /// The values of the session number `n`, as one JSON object without the name `cookie`.
    pub(crate) fn session(&mut self, n: usize) -> String {
        let mut members = Vec::new();
        for _ in 0..self.below(10) {
            let name = self.name();
            members.push(format!("{name}:{}", self.value(3)));
        }
        if n.is_multiple_of(100) {
            members.push(format!("\"large\":{}", self.large()));
        }
        if n.is_multiple_of(1000) {
            members.extend((0..300).map(|key| format!("\"key {key}\":{}", self.value(1))));
        }
        format!("{{{}}}", members.join(","))
    }
}

/// A JSON string in which every character is written as its code units.
fn escaped(text: &str) -> String {
    let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    format!("\"{units}\"")
}
