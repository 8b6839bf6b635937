//! How scripts are thrown.

use std::time::Duration;

use super::dice::Dice;
use super::differences;
use super::options::{Options, Store};
use super::presented::{Double, Presented, Spoil, Style};
use super::script::{Op, Request, Script, Step};
use super::stories;

/// Longer than two times may differ, so that it shows whether something was touched.
const A_WHILE: Duration = Duration::from_secs(5);

/// The same where it costs nothing; after the longer ones some sessions are over, and none nearly so.
const WHILES: [Duration; 3] =
    [Duration::from_secs(70), Duration::from_secs(1100), Duration::from_secs(90_100)];

/// A script that fits the options: most of its requests get as far as a session.
pub(crate) fn script(dice: &mut Dice, options: &Options) -> Script {
    let visitors = dice.weighted(&[(45, 1), (40, 2), (15, 3)]);
    let length = dice.between(3, 12);
    let mut stories: Vec<stories::Story> = Vec::new();
    while stories.iter().map(Vec::len).sum::<usize>() < length {
        stories.push(stories::thrown(dice, options.store));
    }
    // Stories of one visitor follow each other, those of several get mixed.
    let mut queues: Vec<Vec<Vec<Op>>> = vec![Vec::new(); visitors];
    for story in stories {
        let story = story.into_iter().map(|ops| differences::without_saves_of_what_is_over(options, ops));
        queues[dice.below(visitors)].extend(story);
    }
    let mut steps = Vec::new();
    while queues.iter().any(|queue| !queue.is_empty()) {
        let visitor = dice.below(visitors);
        if !queues[visitor].is_empty() {
            let ops = queues[visitor].remove(0);
            steps.push(Step::Ask(request(dice, options, visitor, visitors, ops)));
        }
    }
    for time in times(dice, options.store) {
        steps.insert(dice.between(1, steps.len()), Step::Pass(time));
    }
    Script { steps }
}

/// The times that a script lets pass. In memory they are waited for, so they are rare.
fn times(dice: &mut Dice, store: Store) -> Vec<Duration> {
    match store {
        Store::Memory if dice.percent(1) => vec![A_WHILE],
        Store::Memory => vec![],
        Store::Table => {
            let count = dice.weighted(&[(60, 0), (25, 1), (15, 2)]);
            (0..count).map(|_| dice.pick(&WHILES)).collect()
        }
    }
}

fn request(dice: &mut Dice, options: &Options, visitor: usize, visitors: usize, ops: Vec<Op>) -> Request {
    Request {
        visitor,
        target: target(dice, options.path()),
        proto: proto(dice, options),
        cookie: presented(dice, options, visitors),
        ops,
    }
}

const TARGETS: [&str; 20] = [
    "/",
    "/app",
    "/apple",
    "/app/",
    "/app/x",
    "/app/x?y",
    "/app?x=/",
    "/app/x/y/z",
    "/app/xyz?a=b&c=%2F",
    "/ap",
    "/APP/x",
    "/app%2Fx",
    "/%61pp/x",
    "/app/../x",
    "//app/x",
    "/?/app/x",
    "/x/app",
    "http://test/app/x",
    "http://test/app/",
    "http://test",
];

/// Mostly one that begins with the path.
fn target(dice: &mut Dice, path: &str) -> &'static str {
    let matching: Vec<_> = TARGETS.into_iter().filter(|target| target.starts_with(path)).collect();
    match dice.percent(85) {
        true => dice.pick(&matching),
        false => dice.pick(&TARGETS),
    }
}

const PROTOS: [&[&str]; 16] = [
    &["https"],
    &["http"],
    &["HTTPS"],
    &[" https "],
    &["https, http"],
    &["https,http"],
    &["http, https"],
    &[" Https , http"],
    &["https:"],
    &["wss"],
    &[""],
    &[",https"],
    &["https", "http"],
    &["http", "https"],
    &["\"https\""],
    &["httpshttps"],
];

fn proto(dice: &mut Dice, options: &Options) -> &'static [&'static str] {
    let matters = options.cookie.secure.is_some() || options.cookie.same_site.is_some();
    match dice.below(100) {
        0..45 if matters => &["https"],
        45..65 if matters => dice.pick(&PROTOS),
        0..8 => dice.pick(&PROTOS),
        _ => &[],
    }
}

fn presented(dice: &mut Dice, options: &Options, visitors: usize) -> Presented {
    let other = dice.below(visitors);
    let secrets = options.secret.len();
    if secrets > 1 && dice.percent(8) {
        return Presented::OldSecret(dice.between(1, secrets - 1));
    }
    match dice.below(100) {
        0..68 => Presented::Own,
        68..71 => Presented::Nothing,
        71..73 => Presented::Garbage(dice.pick(&GARBAGE)),
        73..79 => Presented::Spoiled(dice.pick(&SPOILS)),
        79..84 => Presented::Written(dice.pick(&STYLES)),
        84..87 => Presented::Twice(dice.pick(&[
            Double::BadFirst,
            Double::BadLast,
            Double::BadFirstInItsOwnHeader,
            Double::EmptyFirst,
            Double::OtherVisitorFirst(other),
            Double::OtherVisitorLast(other),
        ])),
        87..89 => Presented::Borrowed(other),
        89..94 => Presented::Old(dice.below(5)),
        94..98 => Presented::Signed { last: dice.below(4), secret: dice.below(3) },
        _ => Presented::Unheard(dice.pick(&UNHEARD)),
    }
}

const GARBAGE: [&str; 12] = [
    "",
    "x",
    "s%3A",
    "s:",
    "s:.",
    "s%3A.%2B",
    "%E0%A4%A",
    "s:%zz.x",
    "s%3Aabc.NC5RnOCtbAOja5jus%2FHRMNtIE7nfTRFg7aSI1xLceO4",
    "\"",
    "j:{\"a\":1}",
    "s:s:s:a.b",
];

const UNHEARD: [&str; 8] = ["abc", "a.b.c", "", "__proto__", "x' or ''='", "ü/ %+;\"", "../x", "."];

const SPOILS: [Spoil; 12] = [
    Spoil::Id,
    Spoil::LooseBits,
    Spoil::Cut,
    Spoil::Grown,
    Spoil::Padded,
    Spoil::NoSignature,
    Spoil::EmptySignature,
    Spoil::NoPrefix,
    Spoil::UpperPrefix,
    Spoil::EncodedTwice,
    Spoil::ForeignSecret,
    Spoil::NameInOtherCase,
];

const STYLES: [Style; 8] = [
    Style::Raw,
    Style::Quoted,
    Style::QuotedRaw,
    Style::EveryByteEncoded,
    Style::LowerCaseHex,
    Style::Blanks,
    Style::AmongOthers,
    Style::SecondHeader,
];
