//! How the table is doing, from PostgreSQL's own books. They name no table in their text: `$1` is the table of
//! sessions, quoted.

/// The relations that the rows are in: the table, or its partitions.
const PLACES: &str = "(select $1::text::regclass::oid as relid
     union select t.relid::oid from pg_partition_tree($1::text::regclass) t where t.isleaf) as places";

/// Bytes of rows, of rows and all that belongs to them, of indexes; rows, by page as there were when they were last
/// counted, which is how the planner has it, else as the books say; dead rows; the vacuum that is the longest ago; updates, and
/// those that moved no index; rows deleted since the books were begun.
pub(in crate::store::postgres) fn state() -> String {
    format!(
        "select sum(pg_catalog.pg_relation_size(c.oid))::bigint, sum(pg_catalog.pg_table_size(c.oid))::bigint,
                sum(pg_catalog.pg_indexes_size(c.oid))::bigint,
                sum(case when c.relpages > 0 and c.reltuples > 0::real
                         then c.reltuples::float8 / c.relpages::float8
                             * (pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::bigint)::float8
                         else coalesce(s.n_live_tup, 0) end)::bigint,
                coalesce(sum(s.n_dead_tup), 0)::bigint,
                min(greatest(s.last_vacuum, s.last_autovacuum)),
                coalesce(sum(s.n_tup_upd), 0)::bigint, coalesce(sum(s.n_tup_hot_upd), 0)::bigint,
                coalesce(sum(s.n_tup_del), 0)::bigint
         from {PLACES} join pg_class c on c.oid = places.relid
         left join pg_stat_all_tables s on s.relid = places.relid"
    )
}

/// Indexes by name, those of partitions together: bytes, and how often they were used.
pub(in crate::store::postgres) fn indexes() -> String {
    format!(
        "select coalesce(whole.relname, part.relname)::text, sum(pg_catalog.pg_relation_size(part.oid))::bigint,
                coalesce(sum(s.idx_scan), 0)::bigint
         from {PLACES} join pg_index i on i.indrelid = places.relid
         join pg_class part on part.oid = i.indexrelid and part.relkind = 'i'
         left join pg_inherits h on h.inhrelid = part.oid
         left join pg_class whole on whole.oid = h.inhparent
         left join pg_stat_all_indexes s on s.indexrelid = part.oid
         group by 1 order by 2 desc, 1"
    )
}

/// The transaction of this database that is the oldest: seconds, and whose it is. Those of other users are seen
/// by members of `pg_read_all_stats` only.
pub(in crate::store::postgres) const OLDEST_TRANSACTION: &str =
    "select extract(epoch from clock_timestamp() - xact_start)::float8,
            pid::text || coalesce(' ' || nullif(application_name, ''), '')
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
     order by xact_start limit 1";
