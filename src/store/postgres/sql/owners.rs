//! Statements about the sessions of one owner. They run on a cluster as on one node: on all shards, since the
//! table is distributed by key.

use super::parts::LEFT;

/// `$1` owner, `$2` how many at most.
pub(super) fn sessions_of(sessions: &str) -> String {
    format!(
        "select id, host(ip), user_agent, created_at, seen_at, authenticated_at,
                date_part('epoch', statement_timestamp() - created_at),
                date_part('epoch', statement_timestamp() - seen_at),
                {LEFT}
        from {sessions}
        where owner = $1 and expires_at > statement_timestamp()
        order by created_at desc, id
        limit $2"
    )
}

/// `$1` owner, `$2` handle.
pub(super) fn end_session_of(sessions: &str) -> String {
    ended(sessions, "id = $2::uuid")
}

/// `$1` owner, `$2` the handle of the session that stays, if one does.
pub(super) fn end_sessions_of(sessions: &str) -> String {
    ended(sessions, "id is distinct from $2::uuid")
}

/// `$1` owner, `$2` handles.
///
/// Handles, since they stay: a session that is renewed while this waits for it is not missed.
pub(super) fn evict(sessions: &str) -> String {
    ended(sessions, "id = any($2::uuid[])")
}

/// Key, handle, and whether it was a session: in a cluster, a renewal that is under way has a second row, which is
/// over from the beginning and has to go too.
fn ended(sessions: &str, which: &str) -> String {
    format!(
        "delete from {sessions}
        where owner = $1 and {which} and (expires_at > statement_timestamp() or expires_at = '-infinity')
        returning key, id, expires_at > '-infinity'"
    )
}

/// `$1` owner. Whoever signs the same owner in waits here until this transaction is over. The two numbers make one
/// of the table and the owner; should two owners have the same, they wait for each other, which does no harm.
pub(super) fn line_up(sessions: &str) -> String {
    format!(
        "select current_setting('transaction_isolation'),
            pg_advisory_xact_lock(hashtextextended($1, hashtextextended('{sessions}', 1::bigint)))::text"
    )
}

/// `$1` owner, `$2` the key of a session that goes in any case, `$3` how many may stay. The handles of those
/// beyond, which have not been used for longest.
pub(super) fn surplus(sessions: &str) -> String {
    format!(
        "select id from {sessions}
        where owner = $1 and expires_at > statement_timestamp() and key <> $2
        order by seen_at desc, created_at desc, id desc
        offset $3"
    )
}
