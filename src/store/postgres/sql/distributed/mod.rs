//! Statements on a table that Citus distributes by key. They run on PostgreSQL without it just as well.
//!
//! What Citus asks of a statement that changes rows:
//!
//! - It names its keys, `key = $1` or `key = any($1)`, so that only their shards are asked.
//! - `key` stays what it is: a renewal is a deletion and another row.
//! - Rows are locked by key, one at a time, and never skipped.
//! - What is set calls nothing volatile; nothing stable on a column's value, such as `created_at + interval`;
//!   and no time within `case` or `coalesce`. The coordinator works out `statement_timestamp()`, once.
//! - `returning` calls only what is immutable. `seen_at` is the statement's time in every change, so the time left is
//!   `expires_at - seen_at`.
//! - Two tables are changed by two statements, in one transaction.

mod pruning;
mod renewal;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::parts::{IS_AS_READ, MERGED};
use pruning::{bury, due, file, forget, one_prunes, over};
use renewal::{hold, release, reserve, reserve_anew, settle, settle_anew, settle_with_lifetime, take, whose};

/// The statements that have no counterpart on one node.
#[derive(Debug)]
pub(in crate::store::postgres) struct Distributed {
    pub(in crate::store::postgres) mark: Arc<str>,
    pub(in crate::store::postgres) marks: Arc<str>,
    pub(in crate::store::postgres) whose: Arc<str>,
    pub(in crate::store::postgres) reserve: Arc<str>,
    pub(in crate::store::postgres) reserve_anew: Arc<str>,
    pub(in crate::store::postgres) take: Arc<str>,
    pub(in crate::store::postgres) hold: Arc<str>,
    pub(in crate::store::postgres) settle: Arc<str>,
    pub(in crate::store::postgres) settle_with_lifetime: Arc<str>,
    pub(in crate::store::postgres) settle_anew: Arc<str>,
    pub(in crate::store::postgres) release: Arc<str>,
    pub(in crate::store::postgres) one_prunes: Arc<str>,
    pub(in crate::store::postgres) due: Arc<str>,
    pub(in crate::store::postgres) bury: Arc<str>,
    pub(in crate::store::postgres) file: Arc<str>,
    pub(in crate::store::postgres) over: Arc<str>,
    pub(in crate::store::postgres) forget: Arc<str>,
}

impl Distributed {
    pub(super) fn new(sessions: &str, ended: &str) -> Self {
        Self {
            mark: mark(ended).into(),
            marks: marks(ended).into(),
            whose: whose(sessions).into(),
            reserve: reserve(sessions).into(),
            reserve_anew: reserve_anew(sessions).into(),
            take: take(sessions).into(),
            hold: hold(sessions).into(),
            settle: settle(sessions).into(),
            settle_with_lifetime: settle_with_lifetime(sessions).into(),
            settle_anew: settle_anew(sessions).into(),
            release: release(sessions).into(),
            one_prunes: one_prunes(sessions).into(),
            due: due(sessions).into(),
            bury: bury(sessions).into(),
            file: file(sessions).into(),
            over: over(ended).into(),
            forget: forget(ended).into(),
        }
    }

    #[cfg(test)]
    fn all(&self) -> Vec<&Arc<str>> {
        let renewal = [&self.whose, &self.reserve, &self.reserve_anew, &self.take, &self.hold];
        let settling = [&self.settle, &self.settle_with_lifetime, &self.settle_anew, &self.release];
        let pruning = [&self.one_prunes, &self.due, &self.bury, &self.file, &self.over, &self.forget];
        [&[&self.mark, &self.marks][..], &renewal, &settling, &pruning].concat()
    }
}

/// Seconds from the statement's time to the session's end.
const LEFT: &str = "date_part('epoch', expires_at - seen_at)";

/// Idle time begun anew, as on one node. The sum is made of times without a zone, since a sum with one
/// depends on the zone that is set, which makes it stable.
const SLID: &str = "greatest(expires_at,
                   least((statement_timestamp() at time zone 'UTC' + idle_timeout) at time zone 'UTC', deadline))";

/// As `create` on one node.
pub(super) fn create(sessions: &str) -> String {
    format!(
        "insert into {sessions}
            (key, data, owner, credential, ip, user_agent, created_at, seen_at, authenticated_at,
             idle_timeout, deadline, persistent, expires_at, purge_at)
        values ($1::bytea, $2::text::jsonb, $3::text, $9::text, $4::text::inet, $5::text,
                statement_timestamp(), statement_timestamp(),
                case when $3::text is not null then statement_timestamp() end,
                make_interval(secs => $6), statement_timestamp() + make_interval(secs => $7), $8::boolean,
                {ENDS}, {ENDS})
        on conflict (key) do nothing
        returning id, {LEFT}",
        ENDS = ends("$6", "$7", "statement_timestamp()"),
    )
}

/// As `create_all` on one node. The rows are made on the coordinator, which sends each to its shard.
pub(super) fn create_all(sessions: &str) -> String {
    format!(
        "insert into {sessions}
            (key, data, owner, credential, ip, user_agent, created_at, seen_at, authenticated_at,
             idle_timeout, deadline, persistent, expires_at, purge_at)
        select i.key, i.data::jsonb, i.owner, i.credential, i.ip::inet, i.user_agent,
               statement_timestamp(), statement_timestamp(),
               case when i.owner is not null then statement_timestamp() end,
               make_interval(secs => i.idle), statement_timestamp() + make_interval(secs => i.absolute), i.persistent,
               {ENDS}, {ENDS}
        from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[],
                    $6::float8[], $7::float8[], $8::boolean[], $9::text[])
            as i (key, data, owner, ip, user_agent, idle, absolute, persistent, credential)
        on conflict (key) do nothing
        returning key, id, {LEFT}",
        ENDS = ends("i.idle", "i.absolute", "statement_timestamp()"),
    )
}

/// As `update` on one node, of a change that brings no lifetime: `$6` to `$8` are null.
pub(super) fn update(sessions: &str) -> String {
    format!(
        "update {sessions} set
            data = {MERGED}, version = version + 1, seen_at = statement_timestamp(), expires_at = {SLID}
        where {IS_AS_READ}
        returning id, version, {LEFT}"
    )
}

/// As `update` on one node, of a change that brings a lifetime.
pub(super) fn update_with_lifetime(sessions: &str) -> String {
    format!(
        "update {sessions} set
            data = {MERGED}, version = version + 1, seen_at = statement_timestamp(), {LIFETIME}
        where {IS_AS_READ}
        returning id, version, {LEFT}",
        LIFETIME = new_lifetime("$6", "$7", "$8"),
    )
}

/// As `update_all` on one node, of changes that bring no lifetime. It waits for whoever holds a row.
pub(super) fn update_all(sessions: &str) -> String {
    format!(
        "update {sessions} s set
            data = ((case when i.cleared then '{{}}'::jsonb
                     else s.data - string_to_array(i.removed, $9::text, $10::text) end)
                || i.set::jsonb),
            version = s.version + 1,
            seen_at = statement_timestamp(),
            expires_at = {SLID}
        from unnest($1::bytea[], $2::boolean[], $3::text[], $4::text[], $5::bigint[],
                    $6::float8[], $7::float8[], $8::boolean[])
            as i (key, cleared, removed, set, expected, idle, absolute, kept)
        where s.key = i.key and s.key = any($1::bytea[]) and s.expires_at > statement_timestamp()
            and (i.expected is null or s.version = i.expected)
        returning s.key, s.id, s.version, {LEFT}"
    )
}

/// `$1` key.
pub(super) fn touch(sessions: &str) -> String {
    format!(
        "update {sessions} set seen_at = statement_timestamp(), expires_at = {SLID}
        where key = $1 and expires_at > statement_timestamp()
        returning {LEFT}"
    )
}

/// `$1` keys.
pub(super) fn touch_all(sessions: &str) -> String {
    format!(
        "update {sessions} set seen_at = statement_timestamp(), expires_at = {SLID}
        where key = any($1::bytea[]) and expires_at > statement_timestamp()
        returning key, {LEFT}"
    )
}

/// `$1` key, `$2` idle seconds, `$3` absolute seconds, `$4` persistent.
pub(super) fn touch_with_lifetime(sessions: &str) -> String {
    format!(
        "update {sessions} set seen_at = statement_timestamp(), {LIFETIME}
        where key = $1 and expires_at > statement_timestamp()
        returning {LEFT}",
        LIFETIME = new_lifetime("$2", "$3", "$4"),
    )
}

/// `$1` key. [`mark`] comes after it.
pub(super) fn delete(sessions: &str) -> String {
    format!("delete from {sessions} where key = $1 and expires_at > statement_timestamp() returning true")
}

/// `$1` keys. [`marks`] come after it.
pub(super) fn delete_all(sessions: &str) -> String {
    format!(
        "delete from {sessions} where key = any($1::bytea[]) and expires_at > statement_timestamp() returning key"
    )
}

/// Remembers the key `$1` for `$2` seconds, with the successor `$3`.
fn mark(ended: &str) -> String {
    format!(
        "insert into {ended} (key, until, successor)
        values ($1::bytea, statement_timestamp() + make_interval(secs => $2), $3::bytea)
        on conflict (key) do nothing"
    )
}

/// Remembers the keys `$1` for `$2` seconds each.
fn marks(ended: &str) -> String {
    format!(
        "insert into {ended} (key, until)
        select i.key, statement_timestamp() + make_interval(secs => i.grace)
        from unnest($1::bytea[], $2::float8[]) as i (key, grace)
        where i.grace > 0::float8
        on conflict (key) do nothing"
    )
}

/// The end of a session that is used now and began then, by seconds.
fn ends(idle: &str, absolute: &str, begin: &str) -> String {
    format!(
        "least(statement_timestamp() + make_interval(secs => {idle}), {begin} + make_interval(secs => {absolute}))"
    )
}

/// The columns of a new lifetime that counts from the session's beginning, a column of it.
fn new_lifetime(idle: &str, absolute: &str, persistent: &str) -> String {
    let deadline =
        format!("(created_at at time zone 'UTC' + make_interval(secs => {absolute})) at time zone 'UTC'");
    let end = format!("least(statement_timestamp() + make_interval(secs => {idle}), {deadline})");
    format!(
        "idle_timeout = make_interval(secs => {idle}),
            deadline = {deadline},
            persistent = {persistent}::boolean,
            expires_at = {end},
            purge_at = least(purge_at, {end})"
    )
}
