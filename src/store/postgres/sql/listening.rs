//! Statements of whoever listens to announcements. They name no table in their text.

/// `$1` the table of sessions, quoted. Null: there is none.
pub(in crate::store::postgres) const TABLE: &str = "select to_regclass($1)::oid::bigint";

/// What the triggers of `migrations/cache` announce on. By number, since a channel's name is short.
pub(in crate::store::postgres) fn channel(table: i64) -> String {
    format!("actix_pg_session_{table}")
}

/// `$1` a listener's own channel. What the store's pool sends to it, to be heard by the listener.
pub(in crate::store::postgres) const HELLO: &str = "select pg_notify($1, '0')";

/// `$1` the listener's own channel, `$2` payload, `$3` the table of sessions, quoted, `$4` its number, `$5` the
/// triggers that announce. Answers whether they do so on this very table and all of its partitions, the clock,
/// and what tells these triggers from any that were there before, if only for a moment.
pub(in crate::store::postgres) const BEAT: &str = "
    with places as (
        select $4::oid as relid union select relid::oid from pg_catalog.pg_partition_tree($4::oid::regclass)
    ), announcers as (
        select t.oid::text || ' ' || t.xmin::text || ' ' || p.xmin::text as face
        from places join pg_catalog.pg_trigger t on t.tgrelid = places.relid
        join pg_catalog.pg_proc p on p.oid = t.tgfoid
        where t.tgname = any($5) and t.tgenabled in ('O', 'A')
    )
    select coalesce(to_regclass($3)::oid::bigint = $4, false)
               and (select count(*) from announcers) = pg_catalog.cardinality($5) * (select count(*) from places),
           extract(epoch from clock_timestamp())::float8,
           (select hashtextextended(string_agg(face, ',' order by face), 0::bigint) from announcers)
    from pg_notify($1, $2)";
