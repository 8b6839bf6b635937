//! Where a request says that it comes from. In doubt it is not ours.

use actix_pg_session::fuzz_internals::Asked;

use super::Target;
use crate::{input, naive};

pub(super) const TARGET: Target = Target {
    name: "origin",
    tokens: &[
        "sec-fetch-site: ",
        "origin: ",
        "host: ",
        "same-origin",
        "same-site",
        "cross-site",
        "none",
        "null",
        "https://",
        "http://",
        "shop.example",
        "evil.example",
        ":443",
        ":8080",
        "://",
        "@",
        "/",
        "\n",
        " ",
        ".",
        "Sec-Fetch-Site:",
        "Same-Origin",
        "user@shop.example",
        "x-forwarded-host: ",
    ],
    run,
};

/// A line of the input is a header.
fn run(input: &[u8]) {
    let headers: Vec<_> = input::lines(input)
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((str::from_utf8(&line[..colon]).ok()?, line[colon + 1..].trim_ascii()))
        })
        .collect();
    let asked = Asked::new(None, &headers);
    let first = |name: &str| {
        let mut of_name = headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        of_name.find(|(_, value)| naive::is_header(value)).map(|(_, value)| *value)
    };
    // Neither a header of control characters nor one beyond ASCII is sent by a browser.
    let plain = |value: &[u8]| value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let expected = match first("sec-fetch-site").filter(|site| plain(site)) {
        Some(site) => site == b"same-origin" || site == b"none",
        None => match (first("origin"), first("host")) {
            (Some(origin), Some(host)) if plain(origin) && plain(host) => {
                let scheme = origin.windows(3).position(|three| three == b"://");
                scheme.is_some_and(|at| origin[at + 3..] == *host)
            }
            _ => false,
        },
    };
    assert_eq!(asked.is_ours(), expected, "{:?}", asked.host_and_origin());
}
