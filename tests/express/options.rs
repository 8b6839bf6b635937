//! The options of express-session, as the drivers take them, and how they are thrown.

use serde::Serialize;
use serde_json::{Value, json};

use super::dice::Dice;

/// Where the sessions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Store {
    #[serde(rename = "memory")]
    Memory,
    #[serde(rename = "connect-pg-simple")]
    Table,
}

impl Store {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Table => "table",
        }
    }
}

/// What both drivers are started with. An option that is `None` is not mentioned.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Options {
    pub(crate) secret: Vec<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) resave: bool,
    pub(crate) save_uninitialized: bool,
    pub(crate) rolling: bool,
    pub(crate) unset: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proxy: Option<bool>,
    pub(crate) store: Store,
    pub(crate) table: &'static str,
    pub(crate) cookie: CookieOptions,
    /// Of the database; no option of the drivers, which have to get along with what they find.
    #[serde(skip)]
    pub(crate) time_zone: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CookieOptions {
    /// `Some(None)` is `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_age: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secure: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) same_site: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) domain: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partitioned: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<&'static str>,
}

const LONG: &str = "correct horse battery staple, and then some: longer than a block of SHA-256 is";
const SECRETS: [&str; 6] =
    ["k", "keyboard cat", "schlüssel 🔑", LONG, "an old secret of thirty-two bytes", "k2"];

/// Lifetimes that no run of a script gets near, neither by itself nor by the time it lets pass.
const LIFETIMES: [i64; 4] = [600_000, 3_600_000, 86_400_000, 31_536_000_000];

/// Lifetimes beyond what anybody needs: ten years, a hundred, and seven thousand.
const FAR: [i64; 3] = [315_360_000_000, 3_155_760_000_000, 220_903_200_000_000];

/// Lifetimes that are over when they begin. A table keeps such a row until the second is full, so they
/// are for the memory only.
const OVER: [i64; 3] = [0, -1, -60_000];

impl Options {
    pub(crate) fn thrown(dice: &mut Dice, store: Store) -> Self {
        let secure = dice.weighted(&[
            (40, None),
            (15, Some(json!(false))),
            (15, Some(json!(true))),
            (30, Some(json!("auto"))),
        ]);
        let is_about_proxies = secure.as_ref().is_some_and(|secure| *secure != json!(false));
        let trusting = if is_about_proxies { 75 } else { 25 };
        Self {
            secret: secrets(dice),
            name: dice.weighted(&[(60, "connect.sid"), (20, "sid"), (10, "__Host-sid"), (10, "a-$_!b")]),
            resave: dice.percent(50),
            save_uninitialized: dice.percent(40),
            rolling: dice.percent(35),
            unset: dice.pick(&["keep", "destroy"]),
            proxy: dice.weighted(&[(trusting, Some(true)), (12, Some(false)), (13, None)]),
            store,
            table: dice.weighted(&[(70, "session"), (15, "user_sessions"), (15, "Node \"Sessions\"")]),
            cookie: CookieOptions::thrown(dice, store, secure),
            time_zone: dice.weighted(&[
                (40, "UTC"),
                (25, "Europe/Berlin"),
                (20, "America/New_York"),
                (15, "Asia/Kathmandu"),
            ]),
        }
    }

    /// The path that requests have to begin with.
    pub(crate) fn path(&self) -> &'static str {
        self.cookie.path.unwrap_or("/")
    }
}

impl CookieOptions {
    fn thrown(dice: &mut Dice, store: Store, secure: Option<Value>) -> Self {
        let same_site =
            [json!("lax"), json!("strict"), json!("none"), json!("auto"), json!(true), json!(false)];
        Self {
            max_age: dice.percent(80).then(|| max_age(dice, store)),
            path: dice.weighted(&[
                (50, None),
                (15, Some("/")),
                (20, Some("/app")),
                (10, Some("/app/")),
                (5, Some("/app/x")),
            ]),
            http_only: dice.weighted(&[(60, None), (20, Some(true)), (20, Some(false))]),
            secure,
            same_site: dice.percent(70).then(|| dice.pick(&same_site)),
            domain: dice.weighted(&[(75, None), (15, Some("example.com")), (10, Some(".example.com"))]),
            partitioned: dice.weighted(&[(75, None), (15, Some(true)), (10, Some(false))]),
            priority: dice.weighted(&[
                (70, None),
                (10, Some("low")),
                (10, Some("medium")),
                (10, Some("high")),
            ]),
        }
    }
}

/// A `maxAge`, as an option or in a handler.
pub(crate) fn max_age(dice: &mut Dice, store: Store) -> Option<i64> {
    match dice.below(100) {
        0..20 => None,
        20..28 if store == Store::Memory => Some(dice.pick(&OVER)),
        28..34 => Some(dice.pick(&FAR)),
        _ => Some(dice.pick(&LIFETIMES)),
    }
}

/// One to three different secrets.
fn secrets(dice: &mut Dice) -> Vec<&'static str> {
    let mut all = SECRETS.to_vec();
    let count = dice.weighted(&[(50, 1), (35, 2), (15, 3)]);
    (0..count).map(|_| all.swap_remove(dice.below(all.len()))).collect()
}
