//! Statements of pruning.

/// Whether nobody else prunes, who comes through this coordinator.
pub(super) fn one_prunes(sessions: &str) -> String {
    format!("select pg_try_advisory_xact_lock(hashtextextended('{sessions}', 0::bigint))")
}

/// At most `$1` keys that pruning has to look at.
pub(super) fn due(sessions: &str) -> String {
    format!("select key from {sessions} where purge_at <= statement_timestamp() order by purge_at limit $1")
}

/// Deletes those of `$1` that have expired.
pub(super) fn bury(sessions: &str) -> String {
    format!("delete from {sessions} where key = any($1::bytea[]) and expires_at <= statement_timestamp()")
}

/// Files those of `$1` that have not under their present end.
pub(super) fn file(sessions: &str) -> String {
    format!(
        "update {sessions} set purge_at = expires_at
        where key = any($1::bytea[]) and expires_at > statement_timestamp()"
    )
}

/// At most `$1` keys that need not be remembered any more.
pub(super) fn over(ended: &str) -> String {
    format!("select key from {ended} where until <= statement_timestamp() limit $1")
}

/// Forgets `$1`.
pub(super) fn forget(ended: &str) -> String {
    format!("delete from {ended} where key = any($1::bytea[]) and until <= statement_timestamp()")
}
