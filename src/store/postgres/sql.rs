//! Every statement on sessions, by name. Nothing else in the crate contains SQL but the migrations and
//! what runs them.
//!
//! All times are the database's. `now()` is compared and added within each statement and never in
//! Rust, so neither an application's clock nor a server's time zone matters. All names are
//! qualified, so `search_path` does not matter either.

use std::sync::Arc;

use super::names::Names;

/// The statements for one table of sessions.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) create: Arc<str>,
    pub(super) create_all: Arc<str>,
    pub(super) load_all: Arc<str>,
    pub(super) update_all: Arc<str>,
    pub(super) touch_all: Arc<str>,
    pub(super) delete_all: Arc<str>,
    pub(super) load: Arc<str>,
    pub(super) has_ended: Arc<str>,
    pub(super) is_live: Arc<str>,
    pub(super) update: Arc<str>,
    pub(super) touch: Arc<str>,
    pub(super) touch_with_lifetime: Arc<str>,
    pub(super) renew: Arc<str>,
    pub(super) restart: Arc<str>,
    pub(super) delete: Arc<str>,
    pub(super) successor: Arc<str>,
    pub(super) prune: Arc<str>,
    #[cfg(feature = "express")]
    pub(super) import: Arc<str>,
    #[cfg(feature = "express")]
    pub(super) imported: Arc<str>,
    #[cfg(feature = "express")]
    pub(super) drop_imported: Arc<str>,
    #[cfg(feature = "express")]
    pub(super) adopt: Arc<str>,
}

impl Sql {
    pub(super) fn new(names: &Names) -> Self {
        let (sessions, ended) = (&names.sessions(), &names.ended());
        Self {
            create: create(sessions).into(),
            create_all: create_all(sessions).into(),
            load_all: load_all(sessions).into(),
            update_all: update_all(sessions).into(),
            touch_all: touch_all(sessions).into(),
            delete_all: delete_all(sessions, ended).into(),
            load: load(sessions).into(),
            has_ended: has_ended(ended).into(),
            is_live: is_live(sessions).into(),
            update: update(sessions).into(),
            touch: touch(sessions).into(),
            touch_with_lifetime: touch_with_lifetime(sessions).into(),
            renew: renew(sessions, ended).into(),
            restart: restart(sessions, ended).into(),
            delete: delete(sessions, ended).into(),
            successor: successor(ended).into(),
            prune: prune(names).into(),
            #[cfg(feature = "express")]
            import: import(sessions).into(),
            #[cfg(feature = "express")]
            imported: imported(sessions).into(),
            #[cfg(feature = "express")]
            drop_imported: drop_imported(sessions).into(),
            #[cfg(feature = "express")]
            adopt: adopt(sessions).into(),
        }
    }
}

/// `$1` key, `$2` data, `$3` owner, `$4` ip, `$5` user agent, `$6` idle seconds, `$7` absolute
/// seconds, `$8` persistent. No row: the key is taken.
fn create(sessions: &str) -> String {
    format!(
        "with born as (
            insert into {sessions}
                (key, data, owner, ip, user_agent, authenticated_at,
                 idle_timeout, deadline, persistent, expires_at, purge_at)
            select $1::bytea, $2::text::jsonb, $3::text, $4::text::inet, $5::text,
                   case when $3::text is not null then now() end,
                   life.idle, life.deadline, $8::boolean, life.ends, life.ends
            from {LIFE}
            on conflict (key) do nothing
            returning id, expires_at
        )
        select id, extract(epoch from expires_at - now())::float8 from born",
        LIFE = life("$6", "$7", "now()"),
    )
}

/// `$1` key.
fn load(sessions: &str) -> String {
    format!(
        "select id, data::text, owner, created_at, seen_at, authenticated_at,
                extract(epoch from idle_timeout)::float8, deadline, persistent, version,
                extract(epoch from expires_at - now())::float8,
                extract(epoch from now() - seen_at)::float8
        from {sessions}
        where key = $1 and expires_at > now()"
    )
}

/// `$1` key.
fn has_ended(ended: &str) -> String {
    format!("select exists (select from {ended} where key = $1 and until > now())")
}

/// `$1` key.
fn is_live(sessions: &str) -> String {
    format!("select exists (select from {sessions} where key = $1 and expires_at > now())")
}

/// `$1` key, `$2` cleared, `$3` removed, `$4` set, `$5` expected version, `$6` idle seconds (null:
/// lifetime unchanged), `$7` absolute seconds, `$8` persistent. No row: gone, or another version.
fn update(sessions: &str) -> String {
    format!(
        "with saved as (
            update {sessions} set {SAVED}
            where {IS_AS_READ}
            returning id, version, expires_at
        )
        select id, version, extract(epoch from expires_at - now())::float8 from saved",
        SAVED = saved(),
    )
}

/// `$1` key.
fn touch(sessions: &str) -> String {
    format!(
        "with touched as (
            update {sessions} set seen_at = now(), expires_at = {SLID}
            where key = $1 and expires_at > now()
            returning expires_at
        )
        select extract(epoch from expires_at - now())::float8 from touched"
    )
}

/// `$1` key, `$2` idle seconds, `$3` absolute seconds, `$4` persistent.
fn touch_with_lifetime(sessions: &str) -> String {
    format!(
        "with touched as (
            update {sessions} set seen_at = now(), {LIFETIME}
            where key = $1 and expires_at > now()
            returning expires_at
        )
        select extract(epoch from expires_at - now())::float8 from touched",
        LIFETIME = new_lifetime("$2", "$3", "$4"),
    )
}

/// `$1` old key, `$2` cleared, `$3` removed, `$4` set, `$5` expected version, `$6` idle seconds
/// (null: lifetime unchanged), `$7` absolute seconds, `$8` persistent, `$9` new key, `$10` grace
/// seconds. No row: gone, or another version.
///
/// It moves the row rather than replacing it, so that a `delete` which waits for it, by owner or by
/// public handle, deletes the row under its new key. Of a delete and an insert such a statement
/// would see only the first, and a revoked session would live on.
fn renew(sessions: &str, ended: &str) -> String {
    format!(
        "with saved as (
            update {sessions} set key = $9::bytea, {SAVED}
            where {IS_AS_READ}
            returning id, version, expires_at
        ), {REMEMBERED}
        select id, version, extract(epoch from expires_at - now())::float8 from saved",
        SAVED = saved(),
        REMEMBERED = remembered(ended, "saved", "$10", "$9::bytea"),
    )
}

/// `$1` old key, `$2` cleared, `$3` removed, `$4` set, `$5` expected version, `$6` idle seconds,
/// `$7` absolute seconds, `$8` persistent, `$9` new key, `$10` grace seconds, `$11` owner, `$12` ip,
/// `$13` user agent. No row: gone, or another version.
///
/// It moves the row, as [`renew`] does, and makes it another session in everything but its place.
/// The new one is not the successor: whoever knew the id before a sign-in may not end it after.
fn restart(sessions: &str, ended: &str) -> String {
    format!(
        "with saved as (
            update {sessions} set
                key = $9::bytea,
                id = gen_random_uuid(),
                data = {MERGED},
                owner = $11::text,
                ip = $12::text::inet,
                user_agent = $13::text,
                created_at = now(),
                seen_at = now(),
                authenticated_at = case when $11::text is not null then now() end,
                idle_timeout = life.idle,
                deadline = life.deadline,
                persistent = $8::boolean,
                expires_at = life.ends,
                purge_at = life.ends,
                version = 1
            from {LIFE}
            where {IS_AS_READ}
            returning id, version, expires_at
        ), {REMEMBERED}
        select id, version, extract(epoch from expires_at - now())::float8 from saved",
        LIFE = life("$6", "$7", "now()"),
        REMEMBERED = remembered(ended, "saved", "$10", "null::bytea"),
    )
}

/// `$1` key, `$2` grace seconds. No row: there was none.
fn delete(sessions: &str, ended: &str) -> String {
    format!(
        "with gone as (
            delete from {sessions} where key = $1 returning expires_at
        ), {REMEMBERED}
        select true from gone",
        REMEMBERED = remembered(ended, "gone", "$2", "null::bytea"),
    )
}

/// `$1` key. No row: the session under it was not renewed, or too long ago.
fn successor(ended: &str) -> String {
    format!("select successor from {ended} where key = $1 and until > now() and successor is not null")
}

/// `$1` batch size.
fn prune(names: &Names) -> String {
    format!("select pruned, more from {}($1)", names.prune())
}

/// `$1` keys, `$2` handles, `$3` data, `$4` owners, `$5` when they began, `$6` were last seen, `$7`
/// authenticated, `$8` idle seconds, `$9` deadlines, `$10` whether persistent, `$11` when they end, `$12` the
/// deadline of those that have none, neither of their own nor from an import before. A row for each that is
/// new, true, or was changed, false.
///
/// A session that was imported before follows its original until it is used here.
#[cfg(feature = "express")]
fn import(sessions: &str) -> String {
    format!(
        "insert into {sessions} as s
            (key, id, data, owner, created_at, seen_at, authenticated_at, idle_timeout, deadline,
             persistent, expires_at, purge_at)
        select t.key, t.id, t.data::jsonb, t.owner, t.created_at, t.seen_at, t.authenticated_at,
               make_interval(secs => t.idle), ends.deadline, t.persistent,
               least(t.expires_at, ends.deadline), least(t.expires_at, ends.deadline)
        from unnest($1::bytea[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                    $7::timestamptz[], $8::float8[], $9::timestamptz[], $10::boolean[], $11::timestamptz[])
            as t (key, id, data, owner, created_at, seen_at, authenticated_at, idle, deadline,
                  persistent, expires_at)
        left join {sessions} before on before.key = t.key
        cross join lateral (select coalesce(t.deadline, before.deadline, $12) as deadline) as ends
        on conflict (key) do update set
            data = excluded.data,
            owner = excluded.owner,
            seen_at = excluded.seen_at,
            authenticated_at = excluded.authenticated_at,
            idle_timeout = excluded.idle_timeout,
            deadline = excluded.deadline,
            persistent = excluded.persistent,
            expires_at = excluded.expires_at,
            purge_at = excluded.purge_at
        where {IS_UNUSED} and s.id = excluded.id
            and (s.data, s.owner, s.idle_timeout, s.deadline, s.persistent, s.expires_at)
                is distinct from (excluded.data, excluded.owner, excluded.idle_timeout, excluded.deadline,
                                  excluded.persistent, excluded.expires_at)
        returning (xmax = 0) as is_new"
    )
}

/// An imported session that nobody has used since: a save moves the version, and a touch moves the end away
/// from where pruning looks for it.
#[cfg(feature = "express")]
const IS_UNUSED: &str = "s.version = 1 and s.purge_at = s.expires_at";

/// `$1` the last key of the page before, `$2` page size, `$3` what the handles of sessions from this table
/// begin with. Their handles are made of their ids (version 8), where those of others are random (4).
#[cfg(feature = "express")]
fn imported(sessions: &str) -> String {
    format!(
        "select s.key from {sessions} s
        where s.key > $1 and {IS_UNUSED} and substr(s.id::text, 15, 1) = '8'
            and substr(s.id::text, 1, 4) = $3
        order by s.key limit $2"
    )
}

/// `$1` keys.
#[cfg(feature = "express")]
fn drop_imported(sessions: &str) -> String {
    format!("delete from {sessions} s where s.key = any($1) and {IS_UNUSED}")
}

/// `$1` keys.
#[cfg(feature = "express")]
fn adopt(sessions: &str) -> String {
    format!("update {sessions} s set version = 2 where s.key = any($1) and {IS_UNUSED}")
}

/// `$1` keys, `$2` data, `$3` owners, `$4` ips, `$5` user agents, `$6` idle seconds, `$7` absolute seconds,
/// `$8` persistent. No row for a key that is taken.
fn create_all(sessions: &str) -> String {
    format!(
        "with born as (
            insert into {sessions}
                (key, data, owner, ip, user_agent, authenticated_at,
                 idle_timeout, deadline, persistent, expires_at, purge_at)
            select i.key, i.data::jsonb, i.owner, i.ip::inet, i.user_agent,
                   case when i.owner is not null then now() end,
                   life.idle, life.deadline, i.persistent, life.ends, life.ends
            from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[],
                        $6::float8[], $7::float8[], $8::boolean[])
                as i (key, data, owner, ip, user_agent, idle, absolute, persistent)
            cross join lateral {LIFE}
            on conflict (key) do nothing
            returning key, id, expires_at
        )
        select key, id, extract(epoch from expires_at - now())::float8 from born",
        LIFE = life("i.idle", "i.absolute", "now()"),
    )
}

/// `$1` keys.
fn load_all(sessions: &str) -> String {
    format!(
        "select id, data::text, owner, created_at, seen_at, authenticated_at,
                extract(epoch from idle_timeout)::float8, deadline, persistent, version,
                extract(epoch from expires_at - now())::float8,
                extract(epoch from now() - seen_at)::float8,
                key
        from {sessions}
        where key = any($1::bytea[]) and expires_at > now()"
    )
}

/// `$1` keys, `$2` cleared, `$3` removed as texts of arrays, `$4` set, `$5` expected versions, `$6` idle
/// seconds (null: lifetime unchanged), `$7` absolute seconds, `$8` persistent. No row: gone, another
/// version, or held by somebody.
fn update_all(sessions: &str) -> String {
    format!(
        "with {LOCKED}, saved as (
            update {sessions} s set
                data = ((case when i.cleared then '{{}}'::jsonb else s.data - i.removed::text[] end)
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
fn touch_all(sessions: &str) -> String {
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
fn delete_all(sessions: &str, ended: &str) -> String {
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

/// The values after a change: `(data - removed) || set`.
const MERGED: &str = "((case when $2 then '{}'::jsonb else data - $3::text[] end) || $4::text::jsonb)";

/// Idle time begun anew; never backwards, never past the deadline.
const SLID: &str = "greatest(expires_at, least(now() + idle_timeout, deadline))";

/// The row that was read, if it is still live and, with an expected version, unchanged.
const IS_AS_READ: &str = "key = $1 and expires_at > now() and ($5::bigint is null or version = $5)";

/// What a save sets, given `$2` to `$8`.
fn saved() -> String {
    format!(
        "data = {MERGED},
                version = version + 1,
                seen_at = now(),
                {LIFETIME}",
        LIFETIME = new_lifetime("$6", "$7", "$8"),
    )
}

/// The columns of a lifetime in seconds that counts from the session's beginning; with a null for
/// `idle`, the old lifetime begun anew.
fn new_lifetime(idle: &str, absolute: &str, persistent: &str) -> String {
    let deadline = format!("created_at + make_interval(secs => {absolute})");
    let end = format!("least(now() + make_interval(secs => {idle}), {deadline})");
    format!(
        "idle_timeout = coalesce(make_interval(secs => {idle}), idle_timeout),
                deadline = case when {idle} is null then deadline else {deadline} end,
                persistent = coalesce({persistent}, persistent),
                expires_at = case when {idle} is null then {SLID} else {end} end,
                purge_at = case when {idle} is null then purge_at else least(purge_at, {end}) end"
    )
}

/// A lifetime in seconds as the columns that it becomes. `least` passes over a missing deadline.
fn life(idle: &str, absolute: &str, begin: &str) -> String {
    format!(
        "(select make_interval(secs => {idle}) as idle,
                 {begin} + make_interval(secs => {absolute}) as deadline,
                 least({begin} + make_interval(secs => {idle}),
                       {begin} + make_interval(secs => {absolute})) as ends) as life"
    )
}

/// Remembers, for some seconds, the key of a live row that `changed` has ended or moved.
fn remembered(ended: &str, changed: &str, grace: &str, successor: &str) -> String {
    format!(
        "remembered as (
            insert into {ended} (key, until, successor)
            select $1::bytea, now() + make_interval(secs => {grace}), {successor}
            from {changed}
            where expires_at > now() and {grace} > 0
            on conflict (key) do nothing
        )"
    )
}
