//! Cookies that are signed, and which of them are to be believed.

use std::sync::LazyLock;

use actix_pg_session::fuzz_internals::Keys;

use crate::naive;
use crate::words::Words;

/// The secrets of the reader: the first signs.
pub(super) const SECRETS: [&str; 2] =
    ["the new secret, of more than 32 bytes", "the old secret, of as many bytes"];

/// Ids as we make them, and as somebody's own generator may.
const IDS: [&str; 6] = [
    "X8IBHgP-7VK6Eeu22Z6ic38RnM1IX1I8VRAIRPhNPfQ",
    "with.dots..and=equals/and+signs, all of it in",
    "50% of %41 %zz what looks percent-encoded as well",
    "\u{fc}mlaut \u{1F980} \"quoted\"; and with a semicolon",
    "short",
    "s:in.itself-like-a-signed-value.LZcdcMfU3l9UticBmTfAcnwWpMeyvjEMLv%2F07ieN4ig",
];

/// Longer values are refused unread.
const LONGEST: usize = 3 * (256 + 43 + 3);

struct Signed {
    words: Words,
    /// What is to be believed, to the letter: the text, the id, and whether an old secret signed it.
    good: Vec<(Vec<u8>, &'static str, bool)>,
}

static SIGNED: LazyLock<Signed> = LazyLock::new(|| {
    let mut signed = Signed { words: Words::default(), good: Vec::new() };
    let kinds = [
        ("new", SECRETS[0], Some(false)),
        ("old", SECRETS[1], Some(true)),
        ("alien", "nobody has this secret, or ever had it", None),
    ];
    for (n, id) in IDS.iter().enumerate() {
        signed.words.say(format!("id{n}"), *id);
        for (kind, secret, is_old) in kinds {
            let cookie = Keys::new(&[secret]).sign(id);
            let plain = naive::component(cookie.as_bytes());
            if let Some(is_old) = is_old {
                signed.good.push((plain.clone(), id, is_old));
            }
            let mac = plain[plain.len() - 43..].to_vec();
            let text = |mac: &str| format!("s:{id}.{mac}");
            let as_text = String::from_utf8_lossy(&mac).into_owned();
            let mut say =
                |what: &str, meaning: Vec<u8>| signed.words.say(format!("{kind}{what}{n}"), meaning);
            say("", cookie.clone().into_bytes());
            say("plain", plain.clone());
            say("mac", mac.clone());
            say("quoted", format!("\"{cookie}\"").into_bytes());
            say("all", plain.iter().map(|byte| format!("%{byte:02x}")).collect::<String>().into_bytes());
            say("padded", text(&format!("{as_text}=")).into_bytes());
            say("url", text(&as_text.replace('+', "-").replace('/', "_")).into_bytes());
            say("bits", text(&with_other_bits(&as_text)).into_bytes());
            say("twice", cookie.replace('%', "%25").into_bytes());
        }
    }
    signed
});

/// The same 32 bytes to whoever does not look at the last two bits of the last character, which are none of them.
fn with_other_bits(mac: &str) -> String {
    let last = mac.as_bytes()[mac.len() - 1];
    let next = match last {
        b'9' => '+',
        b'Z' => 'a',
        b'z' => '0',
        byte => char::from(byte + 1),
    };
    format!("{}{next}", &mac[..mac.len() - 1])
}

/// The text, with cookies in the place of words.
pub(super) fn fill(text: &[u8]) -> Vec<u8> {
    SIGNED.words.fill(text)
}

/// The id that a cookie's value names, and whether by an old secret, if it is to be believed.
pub(super) fn believed(value: &[u8]) -> Option<(String, bool)> {
    if value.len() > LONGEST {
        return None;
    }
    let text = naive::component(value);
    let good = SIGNED.good.iter().find(|(good, ..)| *good == text);
    good.map(|(_, id, is_old)| ((*id).to_owned(), *is_old))
}

/// Words, and what stands around them.
pub(super) const TOKENS: &[&str] = &[
    "{new0}",
    "{new1}",
    "{new2}",
    "{new3}",
    "{new4}",
    "{new5}",
    "{old0}",
    "{old1}",
    "{old2}",
    "{old5}",
    "{alien0}",
    "{newplain0}",
    "{newplain1}",
    "{newplain2}",
    "{newplain5}",
    "{oldplain0}",
    "{newmac0}",
    "{newmac4}",
    "{oldmac0}",
    "{alienmac0}",
    "{newquoted0}",
    "{newquoted3}",
    "{newall0}",
    "{newall3}",
    "{oldall2}",
    "{newpadded0}",
    "{oldpadded0}",
    "{newurl0}",
    "{newurl1}",
    "{newbits0}",
    "{newbits4}",
    "{newtwice0}",
    "{id0}",
    "{id1}",
    "{id2}",
    "{id4}",
    "sid=",
    "; ",
    "s:",
    "s%3A",
    "%3a",
    "%2E",
    "%25",
    "%00",
    "%C3",
    "=",
    "\"",
    "\n",
    "SID=",
    "sid =",
    "$Version=1; ",
    ",",
];
