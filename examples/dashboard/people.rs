//! Who comes, and with what.

use std::net::{IpAddr, Ipv4Addr};

use actix_pg_session::{Client, Data, SessionId};

pub(crate) const NAMES: [&str; 16] = [
    "amara", "ben", "chiyo", "dmitri", "elif", "farid", "greta", "hiro", "ines", "jun", "kofi", "lena",
    "mateo", "nadia", "oskar", "priya",
];

pub(crate) const BROWSERS: [&str; 8] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    "curl/8.5.0",
];

const BOOKS: [&str; 6] =
    ["night-ferry", "salt", "the-long-pier", "fog-signals", "tide-tables", "a-small-lighthouse"];

/// Chance, from the system's generator.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Option<Self> {
        let id = SessionId::generate().ok()?;
        let seed = id.digest().as_bytes().first_chunk().map(|bytes| u64::from_le_bytes(*bytes))?;
        Some(Self(seed | 1))
    }

    /// From 0 to below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// Whether something happens that happens so often in a hundred.
    pub(crate) fn percent(&mut self, often: u64) -> bool {
        self.below(100) < often
    }

    /// The first more often than the last.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let bound = from.len() as u64;
        from[self.below(bound).min(self.below(bound)) as usize]
    }
}

pub(crate) fn client(dice: &mut Dice) -> Client {
    let byte = |dice: &mut Dice| dice.below(256) as u8;
    let ip = Ipv4Addr::new(198, 51, 100, byte(dice));
    Client { ip: Some(IpAddr::V4(ip)), user_agent: Some(dice.pick(&BROWSERS).into()) }
}

/// What a shop remembers of a visit.
pub(crate) fn values(dice: &mut Dice) -> Data {
    let book = dice.pick(&BOOKS);
    let json = format!(
        r#"{{"cart":[{{"book":"{book}","copies":{}}}],"currency":"EUR","csrf_token":"{:032x}","theme":"dark","last_page":"/books/{book}"}}"#,
        1 + dice.below(3),
        u128::from(dice.below(u64::MAX)) << 64 | u128::from(dice.below(u64::MAX)),
    );
    Data::from_json(&json).unwrap_or_default()
}
