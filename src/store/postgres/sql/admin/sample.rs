//! What kinds of sessions there are, from all of them or from some.

use super::AdminSql;

/// How many rows pruning may have to look at are counted; further than that it is only known that there are
/// more.
pub(in crate::store::postgres) const MOST_DUE: i64 = 100_000;

/// Rows of a cluster that are looked at. The coordinator does not know how many pages there are to choose from.
pub(in crate::store::postgres) const SOME: i64 = 20_000;

const KIND: &str = "expires_at > statement_timestamp(), owner is not null, user_agent";

impl AdminSql {
    /// Counts by kind: live, signed in, user agent. Of about `$1` percent of the pages.
    pub(in crate::store::postgres) fn kinds(&self) -> String {
        format!(
            "select {KIND}, count(*) from {} tablesample system ($1::float4)
             where expires_at > '-infinity' group by 1, 2, 3",
            self.sessions
        )
    }

    /// The same, of the first [`SOME`] rows that come.
    pub(in crate::store::postgres) fn kinds_of_some(&self) -> String {
        format!(
            "select {KIND}, count(*)
             from (select expires_at, owner, user_agent from {} where expires_at > '-infinity' limit {SOME}) as looked_at
             group by 1, 2, 3",
            self.sessions
        )
    }

    /// All rows, counted: live, expired.
    pub(in crate::store::postgres) fn all(&self) -> String {
        format!(
            "select count(*) filter (where expires_at > statement_timestamp()),
                    count(*) filter (where expires_at <= statement_timestamp() and expires_at > '-infinity')
             from {}",
            self.sessions
        )
    }

    /// Of the rows that pruning has to look at next, [`MOST_DUE`] at most: how many there are, how many of them have
    /// expired, and for how many seconds the first has been waiting.
    pub(in crate::store::postgres) fn due(&self) -> String {
        format!(
            "select count(*), count(*) filter (where expires_at <= statement_timestamp()),
                    coalesce(extract(epoch from statement_timestamp() - min(purge_at)), 0)::float8
             from (select purge_at, expires_at from {} where purge_at <= statement_timestamp() order by purge_at limit {}) as due",
            self.sessions,
            MOST_DUE + 1
        )
    }
}
