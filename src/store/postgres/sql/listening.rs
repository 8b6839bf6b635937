//! Statements of whoever listens to announcements. They name no table in their text.

/// `$1` the table of sessions, quoted. Null: there is none.
pub(in crate::store::postgres) const TABLE: &str = "select to_regclass($1)::oid::bigint";

/// What the triggers of `migrations/cache` announce on. By number, since a channel's name is short.
pub(in crate::store::postgres) fn channel(table: i64) -> String {
    format!("actix_pg_session_{table}")
}

/// `$1` the listener's own channel, `$2` payload, `$3` the table of sessions, quoted, `$4` its number, `$5` the
/// triggers that announce. Answers whether they still do so on this very table, and the clock.
pub(in crate::store::postgres) const BEAT: &str = "
    select coalesce(to_regclass($3)::oid::bigint = $4, false)
               and (select count(*) from pg_catalog.pg_trigger
                    where tgrelid = $4::oid and tgname = any($5) and tgenabled in ('O', 'A')) = cardinality($5),
           extract(epoch from clock_timestamp())::float8
    from pg_notify($1, $2)";
