//! Statements that take in sessions of another table.

/// `$1` keys, `$2` handles, `$3` data, `$4` owners, `$5` when they began, `$6` were last seen, `$7`
/// authenticated, `$8` idle seconds, `$9` deadlines, `$10` whether persistent, `$11` when they end, `$12` the
/// deadline of those that have none, neither of their own nor from an import before, `$13` credentials. A row for each that is
/// new, true, or was changed, false.
///
/// A session that was imported before follows its original until it is used here. What is new was not there
/// when the statement began; what `xmax` says of it, a partitioned table does not tell.
pub(super) fn import(sessions: &str) -> String {
    format!(
        "with written as (
            insert into {sessions} as s
                (key, id, data, owner, credential, created_at, seen_at, authenticated_at, idle_timeout, deadline,
                 persistent, expires_at, purge_at)
            select t.key, t.id, t.data::jsonb, t.owner, t.credential, t.created_at, t.seen_at, t.authenticated_at,
                   make_interval(secs => t.idle), ends.deadline, t.persistent,
                   least(t.expires_at, ends.deadline), least(t.expires_at, ends.deadline)
            from unnest($1::bytea[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                        $7::timestamptz[], $8::float8[], $9::timestamptz[], $10::boolean[], $11::timestamptz[],
                        $13::text[])
                as t (key, id, data, owner, created_at, seen_at, authenticated_at, idle, deadline,
                      persistent, expires_at, credential)
            left join {sessions} before on before.key = t.key
            cross join lateral (select coalesce(t.deadline, before.deadline, $12) as deadline) as ends
            on conflict (key) do update set
                data = excluded.data,
                owner = excluded.owner,
                credential = excluded.credential,
                seen_at = excluded.seen_at,
                authenticated_at = excluded.authenticated_at,
                idle_timeout = excluded.idle_timeout,
                deadline = excluded.deadline,
                persistent = excluded.persistent,
                expires_at = excluded.expires_at,
                purge_at = excluded.purge_at
            where {IS_UNUSED} and s.id = excluded.id
                and (s.data, s.owner, s.credential, s.idle_timeout, s.deadline, s.persistent, s.expires_at)
                    is distinct from (excluded.data, excluded.owner, excluded.credential, excluded.idle_timeout,
                                      excluded.deadline, excluded.persistent, excluded.expires_at)
            returning s.key
        )
        select not exists (select from {sessions} known where known.key = written.key) as is_new
        from written"
    )
}

/// An imported session that nobody has used since: a save moves the version, and a touch moves the end away
/// from where pruning looks for it.
const IS_UNUSED: &str = "s.version = 1 and s.purge_at = s.expires_at";

/// `$1` the last key of the page before, `$2` page size, `$3` what the handles of sessions from this table
/// begin with. Their handles are made of their ids (version 8), where those of others are random (4).
pub(super) fn imported(sessions: &str) -> String {
    format!(
        "select s.key from {sessions} s
        where s.key > $1 and {IS_UNUSED} and substr(s.id::text, 15, 1) = '8'
            and substr(s.id::text, 1, 4) = $3
        order by s.key limit $2"
    )
}

/// `$1` keys.
pub(super) fn drop_imported(sessions: &str) -> String {
    format!("delete from {sessions} s where s.key = any($1) and {IS_UNUSED}")
}

/// `$1` keys.
pub(super) fn adopt(sessions: &str) -> String {
    format!("update {sessions} s set version = 2 where s.key = any($1) and {IS_UNUSED}")
}
