//! JSON of every kind, the same for the same seed.

/// Numbers by "splitmix64".
pub(crate) struct Dice(u64);

const STRANGE: [&str; 36] = [
    r"\u0000",
    r"\ud800",
    r"\udfff",
    r"\udc00\ud800",
    r"\ud83e\udd80",
    r"\uD83E\uDD80",
    r"\ud800\u0041",
    r"\u0041",
    r"\u001f",
    r"\u007f",
    r"\u2028",
    r"\ufeff",
    r"\uffff",
    r"\ufffe",
    r"\\u0000",
    r"\\ud800",
    r#"\""#,
    r"\\",
    r"\/",
    r"\b\f\n\r\t",
    "\u{7f}",
    "\u{80}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{10ffff}",
    "🦀",
    "e\u{301}",
    "\u{202e}",
    "{}",
    "$1",
    "'; --",
    "%s",
    "日本",
];

const NUMBERS: [&str; 44] = [
    "0",
    "-0",
    "-0.0",
    "0e0",
    "0e400",
    "0e-400",
    "0e401",
    "0e-401",
    "0E99999999999999999999",
    "1e308",
    "-1e308",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "1e309",
    "1e400",
    "1e401",
    "-1e400",
    "1e-400",
    "1e-401",
    "5e-324",
    "4e-324",
    "1e-323",
    "2.2250738585072014e-308",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "1.00",
    "1E5",
    "1e+2",
    "1.5e3",
    "0.1",
    "0.30000000000000004",
    "123456789012345678901234567890.123456789",
    "1e-7",
    "1e21",
    "1e99999",
    "1e-99999999999999999999",
];

const NAMES: [&str; 14] =
    ["a", "b", "", " ", "id", "cookie", "_actix", "__proto__", "0", "a.b", "\u{1}x", "🦀", "e\u{301}", "A"];

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }

    fn digits(&mut self, most: u64) -> String {
        let count = 1 + self.below(most);
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn number(&mut self) -> String {
        match self.below(6) {
            0 | 1 => self.pick(&NUMBERS).to_owned(),
            2 => self.below(1000).to_string(),
            3 => {
                let double = f64::from_bits(self.next());
                if double.is_finite() { serde_json::json!(double).to_string() } else { "1e309".into() }
            }
            4 => {
                let sign = self.pick(&["", "-"]);
                let most = if self.below(20) == 0 { 400 } else { 25 };
                let digits = self.digits(most);
                let whole = digits.trim_start_matches('0');
                format!("{sign}{}.{}", if whole.is_empty() { "0" } else { whole }, self.digits(20))
            }
            _ => format!(
                "{}{}e{}{}",
                self.pick(&["", "-"]),
                self.below(10),
                self.pick(&["", "+", "-"]),
                self.below(410)
            ),
        }
    }

    fn text(&mut self) -> String {
        let mut text = String::from("\"");
        for _ in 0..self.below(5) {
            match self.below(12) {
                // Most texts are to be storable.
                0 => text += self.pick(&STRANGE[..8]),
                1..4 => text += self.pick(&STRANGE[4..]),
                4 => {
                    let code = char::from_u32(self.below(0x11_0000) as u32).filter(|c| *c >= ' ');
                    let code = code.filter(|c| !['"', '\\'].contains(c)).unwrap_or('x');
                    text.push(code);
                }
                _ => text += self.pick(&["Ann", " ", "1", "null", "ü"]),
            }
        }
        text + "\""
    }

    fn space(&mut self) -> &'static str {
        if self.below(8) == 0 { self.pick(&[" ", "\n", "\t", "\r\n  "]) } else { "" }
    }

    fn value(&mut self, depth: u64) -> String {
        let before = self.space();
        let value = match self.below(if depth == 0 { 7 } else { 10 }) {
            0..3 => self.number(),
            3..6 => self.text(),
            6 => self.pick(&["null", "true", "false"]).to_owned(),
            7 => {
                let items: Vec<_> = (0..self.below(5)).map(|_| self.value(depth - 1)).collect();
                format!("[{}]", items.join(","))
            }
            _ => {
                let members: Vec<_> = (0..self.below(5))
                    .map(|_| {
                        let name = match self.below(8) {
                            0 => self.text(),
                            _ => serde_json::json!(self.pick(&NAMES)).to_string(),
                        };
                        format!("{name}{}:{}", self.space(), self.value(depth - 1))
                    })
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        };
        format!("{before}{value}{}", self.space())
    }

    /// One value, now and then a deep one.
    pub(crate) fn json(&mut self) -> String {
        if self.below(200) == 0 {
            let depth = [3, 62, 63, 64, 65, 66, 127, 128, 129][self.below(9) as usize];
            let inner = self.value(0);
            return (0..depth).fold(inner, |inner, n| match n % 2 {
                0 => format!("[{inner}]"),
                _ => format!("{{\"a\":{inner}}}"),
            });
        }
        let depth = self.below(4);
        self.value(depth)
    }
}
