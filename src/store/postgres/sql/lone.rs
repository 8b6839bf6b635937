//! Statements for one session each.

use super::super::names::Names;
use super::parts::{IS_AS_READ, LEFT, MERGED, SLID, free, life, new_lifetime, remembered, saved};

/// `$1` key, `$2` data, `$3` owner, `$4` ip, `$5` user agent, `$6` idle seconds, `$7` absolute
/// seconds, `$8` persistent, `$9` credential. No row: the key is taken.
pub(super) fn create(sessions: &str) -> String {
    format!(
        "with born as (
            insert into {sessions}
                (key, data, owner, credential, ip, user_agent, created_at, seen_at, authenticated_at,
                 idle_timeout, deadline, persistent, expires_at, purge_at)
            select $1::bytea, $2::text::jsonb, $3::text, $9::text, $4::text::inet, $5::text,
                   statement_timestamp(), statement_timestamp(),
                   case when $3::text is not null then statement_timestamp() end,
                   life.idle, life.deadline, $8::boolean, life.ends, life.ends
            from {LIFE}
            on conflict (key) do nothing
            returning id, expires_at
        )
        select id, {LEFT} from born",
        LIFE = life("$6", "$7", "statement_timestamp()"),
    )
}

/// `$1` key.
pub(super) fn load(sessions: &str) -> String {
    format!(
        "select id, data::text, owner, created_at, seen_at, authenticated_at,
                date_part('epoch', idle_timeout), deadline, persistent, version,
                {LEFT},
                date_part('epoch', statement_timestamp() - seen_at), credential, key
        from {sessions}
        where key = $1 and expires_at > statement_timestamp()"
    )
}

/// `$1` key.
pub(super) fn has_ended(ended: &str) -> String {
    format!("select true from {ended} where key = $1 and until > statement_timestamp()")
}

/// `$1` key.
pub(super) fn is_live(sessions: &str) -> String {
    format!("select true from {sessions} where key = $1 and expires_at > statement_timestamp()")
}

/// `$1` key, `$2` cleared, `$3` removed, `$4` set, `$5` expected version, `$6` idle seconds (null:
/// lifetime unchanged), `$7` absolute seconds, `$8` persistent. No row: gone, or another version.
pub(super) fn update(sessions: &str) -> String {
    update_where(sessions, IS_AS_READ)
}

/// [`update`] for a lane, as a batch of one. No row also if somebody holds it.
pub(super) fn update_free(sessions: &str) -> String {
    let row = free(sessions);
    update_where(sessions, &format!("{row} and ($5::bigint is null or version = $5)"))
}

fn update_where(sessions: &str, condition: &str) -> String {
    format!(
        "with saved as (
            update {sessions} set {SAVED}
            where {condition}
            returning id, version, expires_at
        )
        select id, version, {LEFT} from saved",
        SAVED = saved(),
    )
}

/// `$1` key.
pub(super) fn touch(sessions: &str) -> String {
    touch_where(sessions, "key = $1 and expires_at > statement_timestamp()")
}

/// [`touch`] for a lane, as a batch of one. No row also if somebody holds it.
pub(super) fn touch_free(sessions: &str) -> String {
    touch_where(sessions, &free(sessions))
}

fn touch_where(sessions: &str, condition: &str) -> String {
    format!(
        "with touched as (
            update {sessions} set seen_at = statement_timestamp(), expires_at = {SLID}
            where {condition}
            returning expires_at
        )
        select {LEFT} from touched"
    )
}

/// `$1` key, `$2` idle seconds, `$3` absolute seconds, `$4` persistent.
pub(super) fn touch_with_lifetime(sessions: &str) -> String {
    format!(
        "with touched as (
            update {sessions} set seen_at = statement_timestamp(), {LIFETIME}
            where key = $1 and expires_at > statement_timestamp()
            returning expires_at
        )
        select {LEFT} from touched",
        LIFETIME = new_lifetime("$2", "$3", "$4"),
    )
}

/// `$1` old key, `$2` cleared, `$3` removed, `$4` set, `$5` expected version, `$6` idle seconds
/// (null: lifetime unchanged), `$7` absolute seconds, `$8` persistent, `$9` new key, `$10` grace
/// seconds, `$11` whether the owner has just proved who they are, `$12` the credential that they did it with
/// (null: that which is stored). No row: gone, or another version.
///
/// It moves the row rather than replacing it, so that a `delete` which waits for it, by owner or by
/// public handle, deletes the row under its new key. Of a delete and an insert such a statement
/// would see only the first, and a revoked session would live on.
pub(super) fn renew(sessions: &str, ended: &str) -> String {
    format!(
        "with saved as (
            update {sessions} set
                key = $9::bytea,
                {SAVED},
                authenticated_at = case when $11 and owner is not null then statement_timestamp() else authenticated_at end,
                credential = coalesce($12::text, credential)
            where {IS_AS_READ}
            returning id, version, expires_at
        ), {REMEMBERED}
        select id, version, {LEFT} from saved",
        SAVED = saved(),
        REMEMBERED = remembered(ended, "saved", "$10", "$9::bytea"),
    )
}

/// `$1` old key, `$2` cleared, `$3` removed, `$4` set, `$5` expected version, `$6` idle seconds,
/// `$7` absolute seconds, `$8` persistent, `$9` new key, `$10` grace seconds, `$11` owner, `$12` ip,
/// `$13` user agent, `$14` credential. No row: gone, or another version.
///
/// It moves the row, as [`renew`] does, and makes it another session in everything but its place.
/// The new one is not the successor: whoever knew the id before a sign-in may not end it after.
pub(super) fn restart(sessions: &str, ended: &str) -> String {
    format!(
        "with saved as (
            update {sessions} set
                key = $9::bytea,
                id = gen_random_uuid(),
                data = {MERGED},
                owner = $11::text,
                credential = $14::text,
                ip = $12::text::inet,
                user_agent = $13::text,
                created_at = statement_timestamp(),
                seen_at = statement_timestamp(),
                authenticated_at = case when $11::text is not null then statement_timestamp() end,
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
        select id, version, {LEFT} from saved",
        LIFE = life("$6", "$7", "statement_timestamp()"),
        REMEMBERED = remembered(ended, "saved", "$10", "null::bytea"),
    )
}

/// `$1` key, `$2` grace seconds. No row: there was none.
pub(super) fn delete(sessions: &str, ended: &str) -> String {
    delete_where(sessions, ended, "key = $1")
}

/// [`delete`] for a lane, as a batch of one. No row also if somebody holds it, or it has expired.
pub(super) fn delete_free(sessions: &str, ended: &str) -> String {
    delete_where(sessions, ended, &free(sessions))
}

fn delete_where(sessions: &str, ended: &str, condition: &str) -> String {
    format!(
        "with gone as (
            delete from {sessions} where {condition} returning expires_at
        ), {REMEMBERED}
        select true from gone where expires_at > statement_timestamp()",
        REMEMBERED = remembered(ended, "gone", "$2", "null::bytea"),
    )
}

/// `$1` key. No row: the session under it was not renewed, or too long ago.
pub(super) fn successor(ended: &str) -> String {
    format!(
        "select successor from {ended} where key = $1 and until > statement_timestamp() and successor is not null"
    )
}

/// `$1` batch size.
pub(super) fn prune(names: &Names) -> String {
    format!("select pruned, more from {}($1)", names.prune())
}
