//! Readings of how many sessions there are, were begun, and ended.

use super::AdminSql;

impl AdminSql {
    /// Whether there is a reading of this stretch of `$1` seconds already, and those of more than `$2` days ago.
    pub(in crate::store::postgres) fn has_reading(&self) -> String {
        format!(
            "select exists (select from {} where at = {SLOT}),
                    exists (select from {} where at < statement_timestamp() - make_interval(days => $2))",
            self.history, self.history
        )
    }

    /// Keeps a reading: `$1` seconds a stretch, `$2` live sessions, `$3` rows deleted since PostgreSQL counts them.
    /// What began in the stretch before is counted by the index on `created_at`. No row: somebody was quicker.
    pub(in crate::store::postgres) fn keep_reading(&self) -> String {
        format!(
            "insert into {} (at, live, signed_in, anonymous, deleted)
             select {SLOT}, $2::bigint, begun.signed_in, begun.anonymous, $3::bigint
             from (
                 select pg_catalog.count(owner) as signed_in, count(*) - pg_catalog.count(owner) as anonymous
                 from {}
                 where created_at >= {SLOT} - make_interval(secs => $1) and created_at < {SLOT}
                     and expires_at > '-infinity'
             ) as begun
             on conflict (at) do nothing",
            self.history, self.sessions
        )
    }

    /// Forgets readings of more than `$1` days ago.
    pub(in crate::store::postgres) fn forget_readings(&self) -> String {
        format!("delete from {} where at < statement_timestamp() - make_interval(days => $1)", self.history)
    }

    /// Readings of the last `$1` seconds, the earliest first. What was deleted is the difference to the reading
    /// before; PostgreSQL's count begins anew after a crash.
    pub(in crate::store::postgres) fn readings(&self) -> String {
        format!(
            "select at, live, signed_in, anonymous, ended from (
                 select at, live, signed_in, anonymous,
                        case when deleted >= pg_catalog.lag(deleted) over earlier
                             then deleted - pg_catalog.lag(deleted) over earlier end
                            as ended
                 from {}
                 where at > statement_timestamp() - make_interval(secs => $1) * 1.5::float8
                 window earlier as (order by at)
             ) as readings
             where at > statement_timestamp() - make_interval(secs => $1)
             order by at",
            self.history
        )
    }
}

/// The stretch of `$1` seconds that it is now, by when it began.
const SLOT: &str = "date_bin(make_interval(secs => $1), statement_timestamp(), timestamptz '2000-01-01 UTC')";
