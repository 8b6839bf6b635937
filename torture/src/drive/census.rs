//! Looking at the table itself, as somebody with psql does.

use std::collections::{BTreeMap, HashSet};

use sqlx::{Connection as _, PgConnection, Row as _};

use crate::history::{Answer, Call, EventNo, Outcome, Process, Recorder, Seen};

/// Every live row. Its text is ours alone.
const ROWS: &str = "select id, owner, version, data::text as data,
    (date_part('epoch', deadline) * 1000000)::bigint as deadline,
    (date_part('epoch', expires_at - now()) * 1000000)::bigint as remaining
    from sessions where expires_at > now()";

/// What the server is at.
pub(super) async fn activity(url: &str) -> Result<Vec<String>, sqlx::Error> {
    const SQL: &str = "select format('%s %s %s %s/%s since %s: %s', pid, application_name, state,
            wait_event_type, wait_event, clock_timestamp() - state_change, left(query, 100))
        from pg_stat_activity where datname = current_database() order by state_change";
    let looking = async {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query_scalar(SQL).fetch_all(&mut connection).await
    };
    let looked = tokio::time::timeout(std::time::Duration::from_secs(5), looking).await;
    looked.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut))
}

/// The events that have left a line in the application's own table.
pub(super) async fn lines(url: &str) -> Result<HashSet<EventNo>, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let lines = sqlx::query_scalar("select no from lines").fetch_all(&mut connection).await?;
    Ok(lines.into_iter().filter_map(|no: i64| no.try_into().ok()).collect())
}

/// Somebody with psql, who connects again when the connection is lost.
#[derive(Debug, Default)]
pub(super) struct Census {
    connection: Option<PgConnection>,
}

impl Census {
    /// Looks once. Answers whether that was possible.
    pub(super) async fn take(&mut self, url: &str, recorder: &Recorder) -> bool {
        let invocation = recorder.invoke(u32::MAX, Process::PSQL, Call::Census, None);
        let looked = tokio::time::timeout(std::time::Duration::from_secs(5), self.rows(url)).await;
        let end = recorder.now();
        let outcome = match looked {
            Ok(Ok(rows)) => Outcome::Ok(Box::new(Answer { rows: Some(rows), ..Answer::default() })),
            Ok(Err(error)) => Outcome::Unknown(error.to_string()),
            Err(_) => Outcome::Unknown("no answer".to_owned()),
        };
        let is_ok = outcome.answer().is_some();
        recorder.answered(invocation, end, outcome);
        is_ok
    }

    async fn rows(&mut self, url: &str) -> Result<Vec<Seen>, sqlx::Error> {
        // Taken out, so that one which failed is not used again.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect(url).await?,
        };
        let rows = sqlx::query(ROWS).fetch_all(&mut connection).await?;
        self.connection = Some(connection);
        let seen = rows.iter().map(|row| {
            let data: String = row.try_get("data")?;
            let remaining: i64 = row.try_get("remaining")?;
            let values: BTreeMap<String, u64> =
                serde_json::from_str(&data).map_err(|error| sqlx::Error::Decode(error.into()))?;
            Ok(Seen {
                handle: row.try_get("id")?,
                owner: row.try_get("owner")?,
                version: row.try_get("version")?,
                deadline: row.try_get("deadline")?,
                remaining: remaining.unsigned_abs(),
                values,
            })
        });
        seen.collect()
    }
}
