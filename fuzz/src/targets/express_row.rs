//! A row of an Express application, read, and written back: Express reads what was meant, and everything that was
//! not meant is as it was.

use std::time::Duration;

use actix_pg_session::fuzz_internals::express::{Found, Planned};
use actix_pg_session::fuzz_internals::{check, check_name};
use actix_pg_session::{Change, Data, Lifetime, Proof, Record};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Target;
use crate::input;
use crate::json::{self, Member};

pub(super) const TARGET: Target = Target {
    name: "express_row",
    tokens: &[
        "{\"cookie\":{",
        "\"expires\":\"2026-11-25T21:00:00.000Z\"",
        "\"originalMaxAge\":60000",
        "\"expires\":null",
        "\"originalMaxAge\":null",
        "\"expires\":false",
        "\"_actix\":{\"id\":\"67e55044-10b1-426f-9247-bb680e5fe0c8\",\"version\":1,\"createdAt\":\"2026-11-25T20:00:00Z\",\"seenAt\":\"2026-11-25T20:00:00Z\"",
        ",\"deadline\":\"2026-12-25T20:00:00Z\"",
        ",\"owner\":\"ann\"",
        ",\"credential\":\"1\"",
        ",\"idle\":60000",
        ",\"authenticatedAt\":\"2026-11-25T20:00:00Z\"",
        "+275760-09-13T00:00:00.000Z",
        "-271821-04-20T00:00:00.000Z",
        "+262142-12-31T23:59:59Z",
        "-9999-01-01T00:00:00Z",
        "23:59:60",
        "T24:00:00",
        "Tue, 25 Nov 2026 20:00:00 GMT",
        "((((((((",
        "1e300",
        "-1",
        "0.5",
        "1e400",
        "9007199254740993",
        "}}",
        "},",
        ",",
        "\"path\":\"/\"",
        "\"httpOnly\":true",
        "\"sameSite\":\"lax\"",
        "\"\\u0063ookie\"",
        "\"c\\u006fokie\":{}",
        "\"\\u005factix\":",
        "\"\\ud800\":1",
        "\\u0000",
        "\"__proto__\":1",
        "\"1\":1",
        "\"cart\":[1]",
        "\"{\\\"cookie\\\":{}}\"",
        " ",
        "\n",
    ],
    run,
};

const LONGEST: Duration = Duration::from_secs(7_500 * 365 * 24 * 60 * 60);

/// What may differ from one statement to the next.
struct Circumstances {
    ttl: Option<Duration>,
    now: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    lifetime: Option<Lifetime>,
}

impl Circumstances {
    fn of(letters: &[u8]) -> Self {
        let has = |letter: u8| letters.contains(&letter);
        let now = DateTime::from_timestamp_millis(1_795_640_400_000).expect("a time");
        let left = if has(b'y') { TimeDelta::days(365) } else { TimeDelta::minutes(10) };
        let idle = Duration::from_millis(if has(b'l') { 90_061_001 } else { 86_400_000 });
        let lifetime = Lifetime { idle, absolute: has(b'a').then_some(LONGEST), persistent: !has(b'b') };
        Self {
            ttl: has(b't').then_some(Duration::from_secs(7200)),
            now,
            ends_at: if has(b'e') {
                DateTime::from_timestamp(253_402_128_000, 0).expect("the last")
            } else {
                now + left
            },
            lifetime: has(b'n').then_some(lifetime),
        }
    }
}

/// Letters for the circumstances, and `sess`.
fn run(input: &[u8]) {
    let (letters, text) = input::first_line(input);
    let (around, text) = (Circumstances::of(letters), input::text(text));
    let members = json::members(&text);
    let Ok(found) = Found::read("sid", &text, around.ttl, around.ends_at, around.now) else {
        assert!(members.is_none(), "{text:?} is a session to Express");
        return;
    };
    let members = members.unwrap_or_else(|| panic!("{text:?} is none to Express"));
    let record = found.record(false);
    check_record(&record, &members);
    check_record(&found.record(true), &members);
    check_import(&found);
    if found.is_over() {
        return;
    }

    let mut set = Data::default();
    set.insert("cart", RawValue::from_string("[2]".to_owned()).expect("JSON"));
    set.insert("cookie", RawValue::from_string("\"mine\"".to_owned()).expect("JSON"));
    let change = Change {
        set,
        removed: vec!["1".into(), "_actix".into()],
        lifetime: around.lifetime,
        ..Change::default()
    };
    let nothing = Change { lifetime: around.lifetime, ..Change::default() };
    let proof = Proof { credential: Some("2".into()) };

    let touched = found.touched(around.lifetime);
    check_written(&around, &members, &members, &record, &touched, false);
    let mut merged = members.clone();
    merged.retain(|member| member.name.as_deref() != Ok("1"));
    put(&mut merged, "cart", "[2]");
    check_written(&around, &members, &merged, &record, &found.updated(&change), true);
    check_written(&around, &members, &members, &record, &found.renewed(&nothing, None), true);
    let proven = Record { credential: Some("2".into()), ..record };
    check_written(&around, &members, &members, &proven, &found.renewed(&nothing, Some(&proof)), true);
}

fn put(members: &mut Vec<Member>, name: &str, value: &str) {
    match members.iter_mut().find(|member| member.name.as_deref() == Ok(name)) {
        Some(member) => member.value = value.to_owned(),
        None => members.push(Member { name: Ok(name.to_owned()), value: value.to_owned() }),
    }
}

/// Values are those of the text, and times can be reckoned with.
fn check_record(record: &Record, members: &[Member]) {
    let values = record.data.iter().map(|(name, raw)| (name, raw.get()));
    assert!(values.eq(values_of(members)), "{members:?}");
    assert!(record.idle <= LONGEST, "{:?}", record.idle);
}

fn values_of(members: &[Member]) -> impl Iterator<Item = (&str, &str)> {
    let named = members.iter().filter_map(|member| Some((member.name.as_deref().ok()?, &*member.value)));
    named.filter(|(name, _)| *name != "cookie" && *name != "_actix")
}

/// What is let through to the own table, PostgreSQL can hold: one row that it could not is the end of a whole move.
fn check_import(found: &Found) {
    let Ok(Some(record)) = found.imported() else { return };
    let times = [Some(record.created_at), Some(record.seen_at), record.authenticated_at, record.deadline];
    for time in times.into_iter().flatten() {
        // From the Julian day 0 on, in 4714 BC; none of chrono's is after its last.
        assert!(time.timestamp() >= -210_866_803_200, "{time} is beyond PostgreSQL");
    }
    for text in [&record.owner, &record.credential].into_iter().flatten() {
        assert!(!text.contains('\0') && text.len() <= 1024, "{text:?} is beyond PostgreSQL");
    }
    for (name, raw) in record.data.iter() {
        assert!(check_name(name).is_ok() && check(raw).is_ok(), "{name:?} is beyond PostgreSQL");
    }
}

/// Reads a row that was planned as Express would, and as we would.
fn check_written(
    around: &Circumstances,
    before: &[Member],
    values: &[Member],
    record: &Record,
    planned: &Planned,
    is_save: bool,
) {
    let now = around.now + TimeDelta::milliseconds(250);
    let text = filled(planned, now);
    let written = json::members(&text).unwrap_or_else(|| panic!("{text:?} is no session"));
    let is_ours = |member: &&Member| matches!(member.name.as_deref(), Ok("cookie" | "_actix"));
    let kept: Vec<_> = written.iter().filter(|member| !is_ours(member)).collect();
    assert_eq!(kept, values.iter().filter(|member| !is_ours(member)).collect::<Vec<_>>(), "{text:?}");

    let (idle, persistent) = match around.lifetime {
        Some(lifetime) if lifetime.persistent => (lifetime.idle, true),
        Some(lifetime) => (around.ttl.unwrap_or(lifetime.idle), false),
        None => (record.idle, record.persistent),
    };
    assert_eq!(planned.left, idle);
    check_cookie(&text, before, &written, planned, idle, persistent, now);

    let ends = planned
        .deadline
        .into_iter()
        .chain(now.checked_add_signed(TimeDelta::from_std(idle).expect("not too long")))
        .min();
    let again =
        Found::read("sid", &text, around.ttl, ends.expect("an end"), now).expect("it was written by us");
    assert_eq!(again.version(), planned.version, "{text:?}");
    let read = again.record(false);
    assert_eq!(
        (&read.owner, &read.credential, read.persistent),
        (&record.owner, &record.credential, persistent),
        "{text:?}"
    );
    let deadline = |time: Option<DateTime<Utc>>| time.map(|time| time.timestamp_millis());
    let wanted = match around.lifetime {
        Some(lifetime) if lifetime.absolute.is_none() => None,
        Some(_) => deadline(planned.deadline),
        None => deadline(record.deadline),
    };
    assert_eq!(deadline(read.deadline), wanted, "{text:?}");
    assert!(
        read.idle.abs_diff(idle) < Duration::from_millis(1) || !is_told(before, persistent),
        "{text:?}: {:?} for {idle:?}",
        read.idle
    );
    if is_save {
        assert_eq!(read.handle, planned.handle, "{text:?}");
    }
}

/// Whether the cookie object has a lifetime that can be read back; otherwise the column has it.
fn is_told(before: &[Member], persistent: bool) -> bool {
    let cookie = json::parsed(before, "cookie");
    let original = cookie.as_ref().and_then(|cookie| cookie.get("originalMaxAge"));
    !persistent || original.is_some_and(Value::is_number)
}

fn check_cookie(
    text: &str,
    before: &[Member],
    written: &[Member],
    planned: &Planned,
    idle: Duration,
    persistent: bool,
    now: DateTime<Utc>,
) {
    let Some(member) = written.iter().find(|member| member.name.as_deref() == Ok("cookie")) else {
        panic!("Express cannot read {text:?} without a cookie");
    };
    let cookie = json::members(&member.value).unwrap_or_else(|| panic!("{text:?} has no cookie object"));
    let one = |name: &str| {
        cookie.iter().find(|member| member.name.as_deref() == Ok(name)).map(|member| &*member.value)
    };
    if persistent {
        assert_eq!(one("originalMaxAge"), Some(&*idle.as_millis().to_string()), "{text:?}");
        let end = now.checked_add_signed(TimeDelta::from_std(idle).expect("not too long")).expect("a time");
        let end = planned.deadline.map_or(end, |deadline| deadline.min(end));
        assert_eq!(one("expires"), Some(&*format!("\"{}\"", iso(end))), "{text:?}");
    }
    // What else is in the object stays, to the letter.
    let others = |members: &[Member]| -> Vec<Member> {
        let is_time = |member: &Member| matches!(member.name.as_deref(), Ok("originalMaxAge" | "expires"));
        members.iter().filter(|member| !is_time(member)).cloned().collect()
    };
    let old = before
        .iter()
        .find(|member| member.name.as_deref() == Ok("cookie"))
        .and_then(|old| object(&old.value));
    if let Some(old) = old {
        assert_eq!(others(&cookie), others(&old), "{text:?}");
    }
}

/// The members of an object that is not wrapped.
fn object(text: &str) -> Option<Vec<Member>> {
    json::members(text).filter(|_| text.starts_with('{'))
}

/// The text with its times, as PostgreSQL fills them in.
fn filled(planned: &Planned, now: DateTime<Utc>) -> String {
    let mut text = String::new();
    for (piece, time) in planned.pieces.iter().zip(&planned.times) {
        text.push_str(piece);
        if let Some(seconds) = time {
            let micros = (seconds * 1e6).round();
            let time = now.checked_add_signed(TimeDelta::microseconds(micros as i64)).expect("a time");
            text.push_str(&iso(planned.deadline.map_or(time, |deadline| deadline.min(time))));
        }
    }
    text
}

fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
