//! What a request presents as its cookie.
//!
//! The two drivers issue different ids. So a script says what a visitor does with a cookie, and each
//! driver's [`Wallet`] says what that cookie is.

use std::iter::once;

use super::options::Options;
use super::signed::{decoded, encoded, sid, signed};
use super::wallet::Wallet;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Presented {
    /// What is in the visitor's jar, as browsers do.
    Own,
    Nothing,
    /// A value of somebody's invention.
    Garbage(&'static str),
    /// The visitor's cookie, damaged.
    Spoiled(Spoil),
    /// The visitor's cookie, written in another way.
    Written(Style),
    /// The visitor's cookie and another of the name.
    Twice(Double),
    /// What is in the jar of another visitor.
    Borrowed(usize),
    /// The so manieth last cookie that anybody got, perhaps of a session that is gone.
    Old(usize),
    /// The visitor's session, in a cookie that was signed with another secret of the application, as it
    /// was before the last change of secrets.
    OldSecret(usize),
    /// The so manieth last id that was ever seen, signed with a secret of the application: of a
    /// session whose cookie nobody got, say.
    Signed {
        last: usize,
        secret: usize,
    },
    /// An id of somebody's invention, signed with the right secret.
    Unheard(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spoil {
    /// In the first letter of the id.
    Id,
    /// In bits of the last letter that base64 does not use.
    LooseBits,
    /// The last letter is missing.
    Cut,
    /// There is a letter more.
    Grown,
    /// The padding that base64 could have.
    Padded,
    /// `s:<sid>`
    NoSignature,
    /// `s:<sid>.`
    EmptySignature,
    /// `<sid>.<signature>`
    NoPrefix,
    /// `S:<sid>.<signature>`
    UpperPrefix,
    /// Encoded once more.
    EncodedTwice,
    /// The right id, signed with a secret that was never ours.
    ForeignSecret,
    /// Under the name in another case.
    NameInOtherCase,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Style {
    /// `s:<sid>.<signature>` without any encoding.
    Raw,
    Quoted,
    QuotedRaw,
    EveryByteEncoded,
    LowerCaseHex,
    /// Blanks around name and value.
    Blanks,
    /// Among cookies of other names.
    AmongOthers,
    /// After a cookie header that is about something else.
    SecondHeader,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Double {
    BadFirst,
    BadLast,
    BadFirstInItsOwnHeader,
    EmptyFirst,
    OtherVisitorFirst(usize),
    OtherVisitorLast(usize),
}

impl Presented {
    /// The values of the `Cookie` headers.
    pub(crate) fn headers(&self, visitor: usize, wallet: &Wallet, options: &Options) -> Vec<String> {
        let name = options.name;
        let pair = |text: &str| format!("{name}={text}");
        let own = wallet.own(visitor).map(str::to_owned);
        let other = |visitor| wallet.own(visitor).map(pair);
        let headers = match self {
            Self::Own => own.map(|own| vec![pair(&own)]),
            Self::Nothing => None,
            Self::Garbage(text) => Some(vec![pair(text)]),
            Self::Spoiled(spoil) => own.map(|own| vec![spoil.applied(name, &own)]),
            Self::Written(style) => own.map(|own| style.applied(name, &own)),
            Self::Twice(double) => own.map(|own| double.applied(pair("s%3Abad.bad"), pair(&own), other)),
            Self::Borrowed(visitor) => other(*visitor).map(|other| vec![other]),
            Self::Old(last) => wallet.issued(*last).map(|text| vec![pair(text)]),
            Self::OldSecret(secret) => own.and_then(|own| sid(&own)).map(|sid| {
                let secret = options.secret[secret % options.secret.len()];
                vec![pair(&encoded(&signed(&sid, secret)))]
            }),
            Self::Signed { last, secret } => wallet.seen(*last).map(|sid| {
                let secret = options.secret[secret % options.secret.len()];
                vec![pair(&encoded(&signed(sid, secret)))]
            }),
            Self::Unheard(sid) => Some(vec![pair(&encoded(&signed(sid, options.secret[0])))]),
        };
        headers.unwrap_or_default()
    }
}

impl Spoil {
    fn applied(self, name: &str, text: &str) -> String {
        let plain = decoded(text);
        let bare = plain.strip_prefix("s:").unwrap_or(&plain);
        let id = sid(text).unwrap_or_default();
        let value = match self {
            Self::Id => match bare.strip_prefix('A') {
                Some(rest) => encoded(&format!("s:B{rest}")),
                None => encoded(&format!("s:A{}", bare.get(1..).unwrap_or(""))),
            },
            Self::LooseBits => encoded(&with_loose_bits(&plain)),
            Self::Cut => encoded(plain.get(..plain.len().saturating_sub(1)).unwrap_or("")),
            Self::Grown => encoded(&format!("{plain}A")),
            Self::Padded => encoded(&format!("{plain}=")),
            Self::NoSignature => encoded(&format!("s:{id}")),
            Self::EmptySignature => encoded(&format!("s:{id}.")),
            Self::NoPrefix => encoded(bare),
            Self::UpperPrefix => encoded(&format!("S:{bare}")),
            Self::EncodedTwice => encoded(text),
            Self::ForeignSecret => encoded(&signed(&id, "a secret of somebody else")),
            Self::NameInOtherCase => return format!("{}={text}", in_other_case(name)),
        };
        format!("{name}={value}")
    }
}

/// Changes what a lenient reader of base64 does not look at: 43 letters hold two bits too many.
fn with_loose_bits(plain: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut letters: Vec<char> = plain.chars().collect();
    let last = letters.pop().and_then(|last| ALPHABET.find(last)).unwrap_or_default();
    letters.into_iter().chain(ALPHABET.chars().nth(last ^ 1)).collect()
}

fn in_other_case(name: &str) -> String {
    let other = |c: char| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    name.chars().map(other).collect()
}

impl Style {
    fn applied(self, name: &str, text: &str) -> Vec<String> {
        let plain = decoded(text);
        match self {
            Self::Raw => vec![format!("{name}={plain}")],
            Self::Quoted => vec![format!("{name}=\"{text}\"")],
            Self::QuotedRaw => vec![format!("{name}=\"{plain}\"")],
            Self::EveryByteEncoded => {
                let bytes: String = plain.bytes().map(|byte| format!("%{byte:02X}")).collect();
                vec![format!("{name}={bytes}")]
            }
            Self::LowerCaseHex => vec![format!("{name}={}", lower_case_hex(text))],
            Self::Blanks => vec![format!("  {name} =  {text}  ;other=1")],
            Self::AmongOthers => {
                vec![format!("a=1; x{name}=no; {name}x=no; b; =c; {name}={text}; z=\"; q\"")]
            }
            Self::SecondHeader => vec!["theme=dark".to_owned(), format!("{name}={text}")],
        }
    }
}

fn lower_case_hex(text: &str) -> String {
    let mut pieces = text.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    let rest = pieces.map(|piece| match piece.split_at_checked(2) {
        Some((hex, rest)) => format!("%{}{rest}", hex.to_ascii_lowercase()),
        None => format!("%{piece}"),
    });
    once(first).chain(rest).collect()
}

impl Double {
    fn applied(self, bad: String, own: String, other: impl Fn(usize) -> Option<String>) -> Vec<String> {
        let joined = |first: String, last: String| vec![format!("{first}; {last}")];
        match self {
            Self::BadFirst => joined(bad, own),
            Self::BadLast => joined(own, bad),
            Self::BadFirstInItsOwnHeader => vec![bad, own],
            Self::EmptyFirst => {
                let (name, _) = own.split_once('=').unwrap_or((&own, ""));
                vec![format!("{name}=; {own}")]
            }
            Self::OtherVisitorFirst(visitor) => match other(visitor) {
                Some(other) => joined(other, own),
                None => vec![own],
            },
            Self::OtherVisitorLast(visitor) => match other(visitor) {
                Some(other) => joined(own, other),
                None => vec![own],
            },
        }
    }
}

#[test]
fn hex_in_lower_case_is_all_that_changes() {
    assert_eq!(lower_case_hex("s%3AA%2Fb%2BC"), "s%3aA%2fb%2bC");
}

#[test]
fn loose_bits_change_one_letter() {
    assert_eq!(with_loose_bits("s:sid.abO"), "s:sid.abP");
    assert_eq!(with_loose_bits("s:sid.ab8"), "s:sid.ab9");
}
