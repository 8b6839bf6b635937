//! Statements for many sessions at once.

use super::parts::{SLID, life, new_lifetime};

/// `$1` keys, `$2` data, `$3` owners, `$4` ips, `$5` user agents, `$6` idle seconds, `$7` absolute seconds,
/// `$8` persistent, `$9` credentials. No row for a key that is taken.
pub(super) fn create_all(sessions: &str) -> String {
    format!(
        "with born as (
            insert into {sessions}
                (key, data, owner, credential, ip, user_agent, authenticated_at,
                 idle_timeout, deadline, persistent, expires_at, purge_at)
            select i.key, i.data::jsonb, i.owner, i.credential, i.ip::inet, i.user_agent,
                   case when i.owner is not null then now() end,
                   life.idle, life.deadline, i.persistent, life.ends, life.ends
            from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[],
                        $6::float8[], $7::float8[], $8::boolean[], $9::text[])
                as i (key, data, owner, ip, user_agent, idle, absolute, persistent, credential)
            cross join lateral {LIFE}
            on conflict (key) do nothing
            returning key, id, expires_at
        )
        select key, id, extract(epoch from expires_at - now())::float8 from born",
        LIFE = life("i.idle", "i.absolute", "now()"),
    )
}

/// `$1` keys.
pub(super) fn load_all(sessions: &str) -> String {
    format!(
        "select id, data::text, owner, created_at, seen_at, authenticated_at,
                extract(epoch from idle_timeout)::float8, deadline, persistent, version,
                extract(epoch from expires_at - now())::float8,
                extract(epoch from now() - seen_at)::float8, credential,
                key
        from {sessions}
        where key = any($1::bytea[]) and expires_at > now()"
    )
}

/// `$1` keys, `$2` cleared, `$3` removed, `$4` set, `$5` expected versions, `$6` idle seconds (null: lifetime
/// unchanged), `$7` absolute seconds, `$8` persistent. In `$3`, names stand apart by `$9`, and where there
/// is none, `$10`. No row: gone, another version, or held by somebody.
pub(super) fn update_all(sessions: &str) -> String {
    format!(
        "with {LOCKED}, saved as (
            update {sessions} s set
                data = ((case when i.cleared then '{{}}'::jsonb
                         else s.data - string_to_array(i.removed, $9::text, $10::text) end)
                    || i.set::jsonb),
                version = s.version + 1,
                seen_at = now(),
                {LIFETIME}
            from unnest($1::bytea[], $2::boolean[], $3::text[], $4::text[], $5::bigint[],
                        $6::float8[], $7::float8[], $8::boolean[])
                as i (key, cleared, removed, set, expected, idle, absolute, kept)
            join locked using (key)
            where s.key = i.key and (i.expected is null or s.version = i.expected)
            returning s.key, s.id, s.version, s.expires_at
        )
        select key, id, version, extract(epoch from expires_at - now())::float8 from saved",
        LOCKED = locked(sessions),
        LIFETIME = new_lifetime("i.idle", "i.absolute", "i.kept"),
    )
}

/// `$1` keys. No row: gone, or held by somebody.
pub(super) fn touch_all(sessions: &str) -> String {
    format!(
        "with {LOCKED}, touched as (
            update {sessions} s set seen_at = now(), expires_at = {SLID}
            from locked where s.key = locked.key
            returning s.key, s.expires_at
        )
        select key, extract(epoch from expires_at - now())::float8 from touched",
        LOCKED = locked(sessions),
    )
}

/// `$1` keys, `$2` grace seconds of each. No row: there was none, or it is held by somebody.
pub(super) fn delete_all(sessions: &str, ended: &str) -> String {
    format!(
        "with {LOCKED}, gone as (
            delete from {sessions} s using locked where s.key = locked.key returning s.key, s.expires_at
        ), remembered as (
            insert into {ended} (key, until, successor)
            select gone.key, now() + make_interval(secs => i.grace), null
            from gone join unnest($1::bytea[], $2::float8[]) as i (key, grace) using (key)
            where i.grace > 0
            on conflict (key) do nothing
        )
        select key from gone",
        LOCKED = locked(sessions),
    )
}

/// The live rows of `$1` that nobody else holds, locked in the order of their keys. Whoever held a row up
/// would hold up all that go with it; those are left out, and sent alone.
fn locked(sessions: &str) -> String {
    format!(
        "locked as (
            select key from {sessions}
            where key = any($1::bytea[]) and expires_at > now()
            order by key
            for update skip locked
        )"
    )
}
