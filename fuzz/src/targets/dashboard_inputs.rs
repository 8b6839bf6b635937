//! What administrators type into the dashboard: queries, forms, names of sessions, and cookies that hold a token.

use actix_pg_session::admin::Cursor;
use actix_pg_session::fuzz_internals::dashboard::{Pages, Typed, is_token, token, whom};
use actix_pg_session::fuzz_internals::names::statement;
use tokio::runtime::{Builder, Runtime};

use super::Target;
use crate::{input, naive};

pub(super) const TARGET: Target = Target {
    name: "dashboard_inputs",
    tokens: &[
        "owner=",
        "&handle=",
        "&who=owner",
        "&ip=10.0.0.0/8",
        "&browser=",
        "&idle=5m",
        "&began=30d",
        "&data=",
        "&state=any",
        "&older=",
        "&newer=1764000000123456.00000000000000000000000000000007",
        "%27",
        "%00",
        "%22",
        "+",
        "%3Cb%3E",
        "$.cart",
        "{\"a\":1}",
        "; drop table",
        "sessions_dashboard=",
        "0123456789abcdef0123456789ABCDEF",
        "\n",
        "&token=",
        "; ",
        "\u{fc}",
        "&sure=yes",
        "'",
        "--",
        "%F0%9F%A6%80",
        "%ff",
    ],
    run,
};

/// A runtime, within which nothing is ever awaited, and pages for somebody.
pub(super) struct Stage {
    pub(super) runtime: Runtime,
    pub(super) pages: Pages,
}

thread_local! {
    pub(super) static STAGE: Stage = stage();
}

fn stage() -> Stage {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let pages = {
        let _within = runtime.enter();
        Pages::new("/admin", "ada", &[b"sessions_dashboard=0123456789abcdef0123456789abcdef"])
    };
    Stage { runtime, pages }
}

/// A query, a name of a session, and `Cookie` lines.
fn run(input: &[u8]) {
    let mut lines = input::lines(input);
    let query = input::text(lines.next().unwrap_or_default());
    let name = input::text(lines.next().unwrap_or_default());
    let cookies: Vec<_> = lines.collect();
    if let Some(typed) = Typed::read(&query) {
        check_typed(&typed);
    }
    // A place in a list names a session, too.
    assert!(whom(&name).is_some() || name.parse::<Cursor>().is_err(), "{name:?}");
    check_token(&cookies, &name);
}

fn check_typed(typed: &Typed) {
    let address = typed.address();
    assert!(address.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\".contains(&byte)), "{address}");
    let again = Typed::read(address.split_once('?').expect("a query").1).expect("an address of ours");
    assert_eq!(again.fields(), typed.fields(), "{address}");
    if let Some(statement) = statement_of(typed) {
        // Whatever was typed goes along as a parameter: with other words in its place it is the same statement.
        let others: Vec<_> = typed
            .fields()
            .into_iter()
            .map(|(name, value)| format!("{name}={}", other(name, value)))
            .collect();
        let others = Typed::read(&others.join("&")).expect("a query");
        assert_eq!(Some(statement), statement_of(&others), "{address}");
    }
}

fn statement_of(typed: &Typed) -> Option<String> {
    STAGE.with(|stage| typed.filter(&stage.pages)).ok().map(|filter| statement(&filter))
}

/// Another value of the same kind.
fn other(name: &str, value: String) -> String {
    match (name, value.trim_start().as_bytes().first()) {
        ("owner" | "browser", _) => "x".into(),
        ("handle", _) => "0".repeat(32),
        ("ip", _) => "::1".into(),
        ("data", Some(b'{')) => "{}".into(),
        ("data", _) => "$.x".into(),
        _ => value,
    }
}

/// A token is 32 digits, and a form has to bring the same.
fn check_token(cookies: &[&[u8]], brought: &str) {
    let found = token(cookies);
    if let Some(found) = &found {
        assert!(found.len() == 32 && found.bytes().all(|byte| byte.is_ascii_hexdigit()), "{found:?}");
        let is_there = |line: &&[u8]| line.windows(32).any(|some| some == found.as_bytes());
        assert!(cookies.iter().filter(|line| naive::is_header(line)).any(is_there), "{found:?}");
        assert!(is_token(cookies, found));
        assert_eq!(is_token(cookies, brought), brought == found, "{brought:?}");
    } else {
        assert!(!is_token(cookies, brought), "{brought:?} is nobody's token");
    }
}
