//! The dashboard's pages of whatever is stored and was typed: no markup comes of it, and no address leads away.

use actix_pg_session::Data;
use actix_pg_session::fuzz_internals::dashboard::{Pages, Stored, Typed};

use super::Target;
use super::dashboard_inputs::STAGE;
use super::page;
use crate::input;

pub(super) const TARGET: Target = Target {
    name: "dashboard_pages",
    tokens: &[
        "x<m>\"'&",
        "<script>",
        "\" onload=\"",
        "' onload='",
        "</title>",
        "</pre>",
        "<!--",
        "-->",
        "&lt;",
        "&quot;",
        "javascript:",
        "//",
        "/admin",
        "owner=",
        "&data=",
        "&ip=%3Cm%3E",
        "&browser=%22",
        "&handle=",
        "&who=",
        "&state=any",
        "{\"a\":\"<m>\"}",
        "{\"<m>\":{\"b\":[1,\"x\"]}}",
        "\n",
        "[[[[[[[[[[[[[[[[",
        "]]]]]]]]]]]]]]]]",
        "bot",
        "Firefox/",
        "\"password\":\"<m>\"",
        "\u{202E}",
        "\0",
        "\\u003cm\\u003e",
    ],
    run,
};

/// A query, an owner, a browser, an administrator, where the pages are, and `data`.
fn run(input: &[u8]) {
    let mut lines = input.splitn(6, |byte| *byte == b'\n').map(input::text);
    let mut next = || lines.next().unwrap_or_default();
    let (query, owner, user_agent, by, base, data) = (next(), next(), next(), next(), next(), next());
    // A scope begins with one slash.
    let base = format!("/{}", base.trim_start_matches('/').trim_end_matches('/'));
    let stored = Stored {
        owner: Some(owner),
        user_agent: Some(user_agent),
        ip: None,
        data: Data::from_json(&data).unwrap_or_default(),
    };
    STAGE.with(|stage| {
        let _within = stage.runtime.enter();
        check(&stage.pages.at(&base, &by), &query, &stored, &base);
    });
}

fn check(pages: &Pages, query: &str, stored: &Stored, base: &str) {
    page::check(&pages.session(stored), base);
    page::check(&pages.overview(stored), base);
    if let Some(typed) = Typed::read(query) {
        for page in pages.list(&typed, stored) {
            page::check(&page, base);
        }
    }
    let cookie = pages.token_cookie();
    let cookie = cookie.to_str().unwrap_or_default();
    let attributes: Vec<_> =
        cookie.split("; ").map(|part| part.split('=').next().unwrap_or_default()).collect();
    assert_eq!(attributes, ["sessions_dashboard", "HttpOnly", "SameSite", "Secure", "Path"], "{cookie:?}");
}
