//! The cookie of a session that Express has begun: which of the request's counts, and what is sent again.

use std::sync::LazyLock;
use std::time::Duration;

use actix_pg_session::fuzz_internals::express::Found;
use actix_pg_session::fuzz_internals::{Arrived, Reader};
use actix_pg_session::{CookieAttributes, SameSite};
use chrono::DateTime;

use super::Target;
use super::signed::{self, SECRETS};
use crate::{input, naive};

pub(super) const TARGET: Target = Target {
    name: "express_cookie",
    tokens: &[
        "sid=",
        "{new0}",
        "{new1}",
        "{old0}",
        "{alien0}",
        "{newplain2}",
        "{newpadded0}",
        "; ",
        "\n{\"cookie\":{",
        "\"path\":\"/\"",
        "\"path\":null",
        "\"domain\":\"example.org\"",
        "\"domain\":\".example.org\"",
        "\"sameSite\":\"strict\"",
        "\"sameSite\":true",
        "\"sameSite\":\"none\"",
        "\"secure\":true",
        "\"secure\":\"auto\"",
        "\"httpOnly\":false",
        "\"partitioned\":true",
        "\"priority\":\"High\"",
        "; Domain=evil.example",
        "\\r\\nSet-Cookie: sid=x",
        "\\u0000",
        "\\u00e9",
        ",",
        "}}",
        "; Secure",
        "\\t",
        "<",
        "\"expires\":null",
        "0",
        "false",
    ],
    run,
};

static READER: LazyLock<Reader> =
    LazyLock::new(|| Reader::of_express(&SECRETS).expect("the secrets are long enough"));

/// A `Cookie` line, and `sess`.
fn run(input: &[u8]) {
    let (line, text) = input::first_line(input);
    let line = signed::fill(line);
    let lines = [&*line];
    let values = naive::cookies(&lines, "sid");
    let first = values.first().and_then(|value| signed::believed(value));
    let expected = Arrived { ids: first.into_iter().collect(), presented: !values.is_empty() };
    assert_eq!(READER.read(&lines), expected);

    let now = DateTime::UNIX_EPOCH;
    let Ok(found) = Found::read("sid", &input::text(text), None, now, now) else { return };
    let attributes = found.record(false).cookie.unwrap_or_else(|| panic!("a row of Express's has a cookie"));
    check(&attributes, READER.set_cookie(&attributes, None), "sid=value", &[]);
    let minute = Some(Duration::from_secs(60));
    check(&attributes, READER.set_cookie(&attributes, minute), "sid=value", &["Expires"]);
    check(&attributes, READER.removal(&attributes), "sid=", &["Expires", "Max-Age"]);
}

/// The header has what the attributes say, each once, and nothing else.
fn check(
    attributes: &CookieAttributes,
    header: Option<actix_web::http::header::HeaderValue>,
    pair: &str,
    times: &[&str],
) {
    let Some(header) = header else {
        let all = [&attributes.path, &attributes.domain];
        let is_odd = |text: &String| {
            !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || text.contains([';', '<'])
        };
        assert!(all.into_iter().flatten().any(is_odd), "{attributes:?} was refused");
        return;
    };
    let text = header.to_str().unwrap_or_else(|_| panic!("{header:?} is no text"));
    let mut parts: Vec<&str> = text.split(';').map(str::trim).collect();
    assert_eq!(parts.remove(0), pair, "{text}");
    let mut expected: Vec<String> = Vec::new();
    expected.extend(attributes.path.as_ref().map(|path| format!("Path={path}").trim().to_owned()));
    expected.extend(attributes.domain.as_ref().map(|domain| format!("Domain={domain}").trim().to_owned()));
    expected.extend(attributes.secure.then(|| "Secure".to_owned()));
    expected.extend(attributes.http_only.then(|| "HttpOnly".to_owned()));
    expected.extend(attributes.partitioned.then(|| "Partitioned".to_owned()));
    expected.extend(attributes.priority.map(|priority| format!("Priority={priority:?}")));
    expected.extend(match attributes.same_site {
        Some(SameSite::Strict) => Some("SameSite=Strict".to_owned()),
        Some(SameSite::Lax) => Some("SameSite=Lax".to_owned()),
        Some(SameSite::None) => Some("SameSite=None".to_owned()),
        _ => None,
    });
    let is_time = |part: &&str| times.iter().any(|time| part.starts_with(&format!("{time}=")));
    assert_eq!(parts.iter().filter(|part| is_time(part)).count(), times.len(), "{text}");
    let mut parts: Vec<_> = parts.into_iter().filter(|part| !is_time(part)).collect();
    parts.sort_unstable();
    expected.sort_unstable();
    assert_eq!(parts, expected, "{text}");
}
