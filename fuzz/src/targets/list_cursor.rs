//! A place in a list of sessions, as it stands in an address, and names of sessions there.

use actix_pg_session::admin::Cursor;
use actix_pg_session::fuzz_internals::dashboard::whom;

use super::Target;
use crate::input;

pub(super) const TARGET: Target = Target {
    name: "list_cursor",
    tokens: &[
        "1764000000123456",
        ".",
        "00000000000000000000000000000007",
        "-",
        "+",
        "0",
        "9223372036854775807",
        "-9223372036854775808",
        "8210266876799999999",
        "8210266876800000000",
        "-8334601228800000000",
        "{",
        "}",
        "urn:uuid:",
        "67e55044-10b1-426f-9247-bb680e5fe0c8",
        "9224318015999999999",
        "-210866803200000000",
    ],
    run,
};

fn run(input: &[u8]) {
    let text = input::text(input);
    let cursor: Option<Cursor> = text.parse().ok();
    if let Some(cursor) = cursor {
        let shown = cursor.to_string();
        assert_eq!(shown.parse::<Cursor>().ok(), Some(cursor), "{text:?}");
        assert!(
            shown.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'.' || byte == b'-'),
            "{shown:?}"
        );
        // To the microsecond and the digit.
        let (micros, handle) = text.split_once('.').expect("a dot");
        let plain = |text: &str| text.trim_start_matches('+').parse::<i64>().ok();
        assert_eq!(plain(micros), shown.split_once('.').and_then(|(micros, _)| plain(micros)), "{text:?}");
        assert!(handle.len() >= 32, "{text:?}");
    }
    assert_eq!(whom(&text).flatten(), cursor);
}
