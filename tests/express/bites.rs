//! The comparison can fail, and it does so only with reason: express-session agrees with itself, and
//! disagrees with copies of itself that have been spoiled.

use super::compare::Aspect;
use super::differences::Deliberate;
use super::driver::Program;
use super::options::Store;
use super::run::Run;
use super::{agrees, run};

/// Here nothing is different on purpose.
const NOTHING: &[Deliberate] = &[];

#[tokio::test]
async fn express_session_agrees_with_itself_in_memory() {
    agrees(Run { deliberate: NOTHING, ..run(Program::Express, Store::Memory, 30) }).await;
}

#[tokio::test]
async fn express_session_agrees_with_itself_in_its_table() {
    agrees(Run { deliberate: NOTHING, ..run(Program::Express, Store::Table, 10) }).await;
}

/// Chosen so that the luck of the draw does not count.
const SEED: u64 = 5;

/// More than any of these mistakes survives.
const SCENARIOS: u64 = 200;

/// What is wrong with the cookies of these, by their names in `mutants.js`.
const COOKIES: &[&str] = &[
    "cookie-with-every-reply",
    "cookie-only-once",
    "auto-is-never",
    "auto-by-request",
    "clears-the-cookie",
    "cookie-twice",
    "wrong-signature",
    "signs-with-the-last-secret",
    "another-name",
    "no-samesite",
    "no-httponly",
    "no-secure",
    "no-path",
    "no-domain",
    "no-partitioned",
    "no-priority",
    "no-expires",
    "ten-seconds-longer",
];

/// What is wrong with the sessions of these.
const SESSIONS: &[&str] = &[
    "first-secret-only",
    "last-cookie-counts",
    "raw-cookies-are-none",
    "accepts-unknown-ids",
    "last-proxy-counts",
    "trusts-any-proxy",
    "paths-by-segment",
    "keeps-the-old-id",
    "keeps-what-is-destroyed",
    "unset-keeps",
    "unset-destroys",
    "saves-only-at-the-end",
    "never-reloads",
    "reloads-what-is-missing",
    "blind-to-order",
    "all-is-change",
    "age-is-change",
    "nothing-is-change",
    "loses-a-key",
    "forgets-the-original-age",
    "everybodys-age",
    "never-saves-the-empty",
    "always-saves-the-empty",
];

/// What is wrong with the rows of these, and when they expire.
const ROWS: &[&str] = &[
    "stale-expiry",
    "stale-row",
    "wakes-the-dead",
    "loses-a-key",
    "never-resaves",
    "always-resaves",
    "touch-is-save",
    "browser-sessions-of-an-hour",
];

/// Also in `mutants.js`: what says the same in other words.
const MANNERS: [&str; 3] = ["attributes-in-lower-case", "max-age-instead", "a-second-longer"];

/// A deliberate difference, for the sake of the tests: an attribute that does not go out over plain HTTP.
const WITHOUT_SAMESITE: &[Deliberate] = &[Deliberate {
    name: "no SameSite in the clear",
    why: "It shows that what is meant is let pass.",
    applies: |case| {
        let is_in_the_clear = case.requests.last().is_some_and(|request| request.proto.is_empty());
        let is_wanted = case.options.cookie.same_site.is_some();
        let concerns_attributes = case.difference.aspect == Aspect::CookieAttributes;
        is_in_the_clear && is_wanted && concerns_attributes
    },
}];

fn of(mutant: &'static str, store: Store, scenarios: u64) -> Run {
    let other = Program::Mutant(mutant);
    Run { other, store, seed: SEED, scenarios, only: None, deliberate: NOTHING }
}

async fn all_are_found(mistakes: &[&'static str], store: Store) {
    let mut survivors = Vec::new();
    for mistake in mistakes {
        let summary = of(mistake, store, SCENARIOS).until_one_diverges().await;
        println!("{mistake}: found in scenario {}", summary.scenarios());
        if summary.divergences() == 0 {
            survivors.push(mistake);
        }
    }
    assert!(survivors.is_empty(), "not found in {SCENARIOS} scenarios: {survivors:?}");
}

#[tokio::test]
async fn every_mistake_about_cookies_is_found() {
    all_are_found(COOKIES, Store::Memory).await;
}

#[tokio::test]
async fn every_mistake_about_sessions_is_found() {
    all_are_found(SESSIONS, Store::Memory).await;
}

#[tokio::test]
async fn every_mistake_about_rows_is_found() {
    all_are_found(ROWS, Store::Table).await;
}

#[tokio::test]
async fn other_words_for_the_same_are_let_pass() {
    for manner in MANNERS {
        agrees(of(manner, Store::Memory, 20)).await;
    }
}

#[tokio::test]
async fn what_is_meant_is_counted_and_excuses_nothing_else() {
    let deliberate = WITHOUT_SAMESITE;
    let excused = Run { deliberate, ..of("no-samesite-in-the-clear", Store::Memory, 30) }.all().await;
    assert_eq!(excused.divergences(), 0, "{excused}");
    assert!(excused.allowed() > 10, "{excused}");
    // Over HTTPS it is not meant; and the same cookies are signed in a wrong way here.
    let beyond = Run { deliberate, ..of("no-samesite", Store::Memory, 200) };
    assert_eq!(beyond.until_one_diverges().await.divergences(), 1);
    let besides = Run { deliberate, ..of("no-samesite-and-wrong-signature", Store::Memory, 30) };
    assert_eq!(besides.until_one_diverges().await.divergences(), 1);
}
