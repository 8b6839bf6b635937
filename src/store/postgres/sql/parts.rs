//! What several statements have in common.

/// The values after a change: `(data - removed) || set`.
pub(super) const MERGED: &str =
    "((case when $2 then '{}'::jsonb else data - $3::text[] end) || $4::text::jsonb)";

/// Idle time begun anew; never backwards, never past the deadline.
pub(super) const SLID: &str = "greatest(expires_at, least(statement_timestamp() + idle_timeout, deadline))";

/// Seconds to the session's end. What never ends has an end that can be told.
pub(super) const LEFT: &str =
    "date_part('epoch', least(expires_at, timestamptz '9999-12-31 UTC') - statement_timestamp())";

/// The row that was read, if it is still live and, with an expected version, unchanged.
pub(super) const IS_AS_READ: &str =
    "key = $1 and expires_at > statement_timestamp() and ($5::bigint is null or version = $5)";

/// The live row, unless somebody else holds it.
pub(super) fn free(sessions: &str) -> String {
    format!(
        "key = (select key from {sessions} where key = $1 and expires_at > statement_timestamp() for update skip locked)"
    )
}

/// What a save sets, given `$2` to `$8`.
pub(super) fn saved() -> String {
    format!(
        "data = {MERGED},
                version = version + 1,
                seen_at = statement_timestamp(),
                {LIFETIME}",
        LIFETIME = new_lifetime("$6", "$7", "$8"),
    )
}

/// The columns of a lifetime in seconds that counts from the session's beginning; with a null for
/// `idle`, the old lifetime begun anew.
pub(super) fn new_lifetime(idle: &str, absolute: &str, persistent: &str) -> String {
    let deadline = format!("created_at + make_interval(secs => {absolute})");
    let end = format!("least(statement_timestamp() + make_interval(secs => {idle}), {deadline})");
    format!(
        "idle_timeout = coalesce(make_interval(secs => {idle}), idle_timeout),
                deadline = case when {idle} is null then deadline else {deadline} end,
                persistent = coalesce({persistent}, persistent),
                expires_at = case when {idle} is null then {SLID} else {end} end,
                purge_at = case when {idle} is null then purge_at else least(purge_at, {end}) end"
    )
}

/// A lifetime in seconds as the columns that it becomes. `least` passes over a missing deadline.
pub(super) fn life(idle: &str, absolute: &str, begin: &str) -> String {
    format!(
        "(select make_interval(secs => {idle}) as idle,
                 {begin} + make_interval(secs => {absolute}) as deadline,
                 least({begin} + make_interval(secs => {idle}),
                       {begin} + make_interval(secs => {absolute})) as ends) as life"
    )
}

/// Remembers, for some seconds, the key of a live row that `changed` has ended or moved.
pub(super) fn remembered(ended: &str, changed: &str, grace: &str, successor: &str) -> String {
    format!(
        "remembered as (
            insert into {ended} (key, until, successor)
            select $1::bytea, statement_timestamp() + make_interval(secs => {grace}), {successor}
            from {changed}
            where expires_at > statement_timestamp() and {grace} > 0::float8
            on conflict (key) do nothing
        )"
    )
}
