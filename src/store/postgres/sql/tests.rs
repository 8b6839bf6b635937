//! What all statements have in common, in every layout.

use super::super::names::Names;
use super::{Layout, Own, Sql};

const LAYOUTS: [Layout; 3] =
    [Layout::Plain, Layout::Partitioned { partitions: 4 }, Layout::Distributed { shards: 4 }];

/// The statements that find a live session, or end or change one.
fn of_the_living(sql: &Sql) -> Vec<&str> {
    let mut all = vec![
        &sql.load,
        &sql.load_all,
        &sql.is_live,
        &sql.update,
        &sql.update_with_lifetime,
        &sql.update_all,
        &sql.touch,
        &sql.touch_with_lifetime,
        &sql.touch_all,
        &sql.sessions_of,
        &sql.end_session_of,
        &sql.end_sessions_of,
        &sql.surplus,
        &sql.evict,
    ];
    if let Own::OneNode(own) = &sql.own {
        all.extend([&own.update_free, &own.touch_free, &own.delete_free, &own.renew, &own.restart]);
    }
    all.into_iter().map(|text| &**text).collect()
}

/// A row is live before its end, and dead from that very instant on. To be found at it, a test would have to stop the
/// clock; so this looks at the words.
#[test]
fn from_its_end_on_a_row_is_absent_to_every_statement() {
    for layout in LAYOUTS {
        let sql = Sql::new(&Names::default(), layout);
        for text in of_the_living(&sql) {
            assert!(text.contains("expires_at > statement_timestamp()"), "{layout:?}: {text}");
            for other in ["expires_at >= ", "expires_at < ", "statement_timestamp() <= ", "not (expires_at"] {
                assert!(!text.contains(other), "{layout:?}: {text}");
            }
        }
        for text in [&sql.has_ended, &sql.successor] {
            assert!(text.contains("until > statement_timestamp()"), "{layout:?}: {text}");
        }
    }
}
