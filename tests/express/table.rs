//! The table of connect-pg-simple, one for each driver, in a database of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::driver::node_modules;
use super::options::Options;
use super::support;

/// A driver's database, with a connection to it.
pub(crate) struct Table {
    pub(crate) url: String,
    connection: PgConnection,
    name: String,
}

impl Table {
    /// A new database without a table.
    pub(crate) async fn new() -> Self {
        let url = support::database().await;
        let connection = PgConnection::connect(&url).await.expect("the new database answers");
        Self { url, connection, name: String::new() }
    }

    /// An empty table as these options want it.
    ///
    /// The definition is connect-pg-simple's own, and so is the way in which another name gets into it.
    pub(crate) async fn prepare(&mut self, options: &Options) {
        let definition = node_modules().join("connect-pg-simple/table.sql");
        let definition = std::fs::read_to_string(definition).expect("connect-pg-simple has a table.sql");
        if !self.name.is_empty() {
            self.execute(format!("drop table {}", self.name)).await;
        }
        self.name = format!("\"{}\"", options.table.replace('"', "\"\""));
        self.execute(definition.replace("\"session\"", &self.name)).await;
        let database = self.url.rsplit('/').next().unwrap_or_default();
        let database = database.split('?').next().unwrap_or_default();
        self.execute(format!("alter database {database} set timezone = '{}'", options.time_zone)).await;
    }

    /// When each row expires, as the column says: in seconds of the clock of its zone.
    pub(crate) async fn expiries(&mut self) -> BTreeMap<String, f64> {
        let all = format!("select sid, extract(epoch from expire)::float8 from {}", self.name);
        let rows = sqlx::query(AssertSqlSafe(all)).fetch_all(&mut self.connection).await;
        rows.expect("the table can be read").iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Turns the clock forward for every row, by moving the rows back.
    pub(crate) async fn elapse(&mut self, by: Duration) {
        let all = format!("select sid, sess::text from {}", self.name);
        let rows = sqlx::query(AssertSqlSafe(all)).fetch_all(&mut self.connection).await;
        for row in rows.expect("the table can be read") {
            let (sid, session): (String, String) = (row.get(0), row.get(1));
            let earlier = format!(
                "update {} set sess = $2::json, expire = expire - make_interval(secs => $3) where sid = $1",
                self.name
            );
            let update = sqlx::query(AssertSqlSafe(earlier)).bind(sid).bind(moved_back(&session, by));
            let updated = update.bind(by.as_secs_f64()).execute(&mut self.connection).await;
            updated.expect("the rows can be moved");
        }
    }

    async fn execute(&mut self, sql: String) {
        let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut self.connection).await;
        done.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
}

/// The text of a session whose cookie expires so much earlier. The rest stays as it was, to the letter:
/// the order of names counts. (No value of the scripts has a date under this name.)
fn moved_back(session: &str, by: Duration) -> String {
    const BEFORE: &str = "\"expires\":";
    let mut places = session.match_indices(BEFORE).map(|(at, _)| session.split_at(at + BEFORE.len()));
    let moved = places.find_map(|(before, rest)| {
        let (date, after) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        let date = DateTime::parse_from_rfc3339(date).ok()?.to_utc() - by;
        let date = date.to_rfc3339_opts(SecondsFormat::Millis, true);
        Some(format!("{before}\"{date}\"{after}"))
    });
    moved.unwrap_or_else(|| session.to_owned())
}

#[test]
fn only_the_date_of_a_session_moves_back() {
    let session = r#"{"cookie":{"originalMaxAge":1,"expires":"2026-11-22T20:39:23.247Z"},"b":1,"a":[]}"#;
    let earlier = r#"{"cookie":{"originalMaxAge":1,"expires":"2026-11-22T20:39:13.247Z"},"b":1,"a":[]}"#;
    assert_eq!(moved_back(session, Duration::from_secs(10)), earlier);
    let last = r#"{"a":{"expires":null},"cookie":{"expires": "2026-11-22T20:39:23.247Z"}}"#;
    assert_ne!(moved_back(last, Duration::from_secs(10)), last);
    let eternal = r#"{"cookie":{"originalMaxAge":null,"expires":null},"a":{"expires":null}}"#;
    assert_eq!(moved_back(eternal, Duration::from_secs(10)), eternal);
}
