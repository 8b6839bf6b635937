//! Rows that somebody else has written: read as they are, or left alone as ones that cannot be read.

use crate::meaning::read;
use crate::site::{Sites, TABLES, Table};

/// Texts that the table takes, and whether the value can be read as it stands.
const PLANTED: [(&str, [bool; 2]); 22] = [
    ("1e400", [true; 2]),
    ("-0", [true; 2]),
    ("9007199254740993", [true; 2]),
    ("18446744073709551616", [true; 2]),
    ("123456789012345678901234567890.123456789012345678901234567890", [true; 2]),
    ("1e-400", [true; 2]),
    ("1e5000", [true; 2]),
    ("{\"a\":1,\"a\":2}", [true; 2]),
    ("\"\\u0001\"", [true; 2]),
    ("\"\\ud83e\\udd80\"", [true; 2]),
    ("\"\u{feff}\"", [true; 2]),
    // `jsonb` has none of these.
    ("\"\\u0000\"", [false, true]),
    ("\"\\ud800\"", [false, true]),
    ("\"\\udfff\\ud800\"", [false, true]),
    ("{\"\\u0000\":1}", [false, true]),
    ("{\"\\udc00\":1}", [false, true]),
    ("1e200000", [false, true]),
    ("1e-200000", [false, true]),
    ("[[[[[]]]]]", [true; 2]),
    ("{\"\":{\"\":{}}}", [true; 2]),
    ("\"\"", [true; 2]),
    ("null", [true; 2]),
];

impl Sites {
    /// Puts a value into the row of the visitor's session. Whether the table took it.
    async fn plant(&self, text: &str) -> bool {
        let sql = match self.table {
            Table::Own => "update sessions set data = data || ('{\"v0\":' || $1 || '}')::jsonb",
            Table::Express => {
                "update session set sess = replace(sess::text, '\"v0\":1', '\"v0\":' || $1)::json"
            }
        };
        let planted = sqlx::query(sql).bind(text).execute(&self.pool).await;
        match planted {
            Ok(done) => done.rows_affected() == 1,
            Err(error) => {
                assert!(error.as_database_error().is_some(), "{error}");
                false
            }
        }
    }

    async fn rows(&self) -> i64 {
        let sql = match self.table {
            Table::Own => "select count(*) from sessions where expires_at > now()",
            Table::Express => "select count(*) from session",
        };
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.expect("a number")
    }
}

#[actix_web::test]
async fn what_the_table_takes_is_read_as_it_stands() {
    for table in TABLES {
        for (text, is_taken) in PLANTED {
            let when = format!("{table:?}: {text}");
            let sites = Sites::new(table).await;
            let visitor = sites.stranger();
            assert_eq!(visitor.store(&["1".into(), "\"beside\"".into()]).await, [None, None]);
            let taken = visitor.plant(text).await;
            assert_eq!(taken, is_taken[usize::from(table == Table::Express)], "{when}");
            for _ in 0..2 {
                let shown = visitor.show(2).await;
                assert_eq!(shown[1].as_deref(), Some("\"beside\""), "{when}");
                let shown = shown[0].clone().unwrap_or_else(|| panic!("{when}: it is gone"));
                match (taken, table) {
                    (false, _) => assert_eq!(shown, "1", "{when}"),
                    (true, Table::Own) => assert_eq!(read(&shown), read(text), "{when}"),
                    (true, Table::Express) => assert_eq!(shown, text, "{when}"),
                }
                // And a save of its neighbour leaves it as it is.
                assert_eq!(visitor.add().await, 200, "{when}");
            }
            assert_eq!(visitor.rows().await, 1, "{when}");
        }
    }
}

/// As deep as PostgreSQL takes it, and deeper than is read here: the row stays, and the visitor gets another session.
#[actix_web::test]
async fn what_cannot_be_read_keeps_nobody_out_and_stays_where_it_is() {
    for table in TABLES {
        for depth in [63, 64, 65, 126, 127, 128, 5_000] {
            let when = format!("{table:?}: {depth} deep");
            let sites = Sites::new(table).await;
            let visitor = sites.stranger();
            assert_eq!(visitor.store(&["1".into()]).await, [None]);
            assert!(visitor.plant(&format!("{}{}", "[".repeat(depth), "]".repeat(depth))).await, "{when}");
            let shown = visitor.show(1).await;
            let is_read = shown[0].is_some();
            assert!(is_read || depth > 64, "{when}");
            for _ in 0..2 {
                assert_eq!(visitor.add().await, 200, "{when}");
            }
            assert_eq!(visitor.rows().await, if is_read { 1 } else { 2 }, "{when}");
        }
    }
}

impl Sites {
    /// Stores another value, in the process that reads.
    async fn add(&self) -> u16 {
        self.there().get("/add").await.status.as_u16()
    }
}
