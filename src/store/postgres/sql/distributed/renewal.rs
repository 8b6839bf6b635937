//! Statements of a renewal: another row in the place of the one that is there.
//!
//! A table that is distributed by `key` cannot move a row. And of a deletion and an insertion in one
//! transaction, a `delete ... where owner = 'ann'` that waits for it would find the old row gone and not see
//! the new one. So the new row is there before: reserved under the new key, with its owner and handle, and
//! over from the beginning. Whoever revokes from then on sees both rows, and deletes both.

use super::{LEFT, ends};

/// Handle and owner of `$1`.
pub(super) fn whose(sessions: &str) -> String {
    format!("select id, owner from {sessions} where key = $1 and expires_at > statement_timestamp()")
}

/// A row under the key `$1`, with the handle `$2` and the owner `$3`, that is no session yet. No row: the
/// key is taken. If nobody comes back to it, it is pruned.
pub(super) fn reserve(sessions: &str) -> String {
    format!(
        "insert into {sessions} (key, id, owner, idle_timeout, expires_at, purge_at)
        values ($1::bytea, $2::uuid, $3::text, '0', '-infinity', statement_timestamp() + interval '1 hour')
        on conflict (key) do nothing
        returning true"
    )
}

/// The same for the key `$1` and the owner `$2`, with a handle of its own.
pub(super) fn reserve_anew(sessions: &str) -> String {
    format!(
        "insert into {sessions} (key, owner, idle_timeout, expires_at, purge_at)
        values ($1::bytea, $2::text, '0', '-infinity', statement_timestamp() + interval '1 hour')
        on conflict (key) do nothing
        returning true"
    )
}

/// Deletes `$1`, if it is live and, with `$2`, of that version, and answers what was there.
pub(super) fn take(sessions: &str) -> String {
    format!(
        "delete from {sessions}
        where key = $1 and expires_at > statement_timestamp() and ($2::bigint is null or version = $2)
        returning data::text, ip::text, user_agent, created_at, authenticated_at,
                  date_part('epoch', idle_timeout), deadline, persistent,
                  expires_at, purge_at, version, credential"
    )
}

/// Locks the reserved row `$1`. An error if somebody holds it: a revocation, which waits for the row that
/// was taken and must not be waited for.
pub(super) fn hold(sessions: &str) -> String {
    format!("select true from {sessions} where key = $1 for update nowait")
}

/// The later of then and, if that is so, now.
const PROVED: &str = "greatest($12::timestamptz, statement_timestamp() + make_interval(secs => $15))";

/// Makes the reserved row `$1` the session that was taken. `$2` cleared, `$3` removed, `$4` set, `$5` data
/// before, `$6` ip, `$7` user agent, `$8` idle seconds, `$9` deadline, `$10` persistent, `$11` when it
/// began, `$12` when its owner proved who they are, `$13` when to prune it, `$14` its version, `$15` zero if its
/// owner has just proved it again, and null if not, `$16` its credential, `$17` its end.
pub(super) fn settle(sessions: &str) -> String {
    settled(
        sessions,
        &format!(
            "deadline = $9::timestamptz,
            persistent = $10::boolean,
            created_at = $11::timestamptz,
            authenticated_at = {PROVED},
            credential = $16::text,
            expires_at = greatest($17::timestamptz,
                                  least(statement_timestamp() + make_interval(secs => $8), $9::timestamptz)),
            purge_at = $13::timestamptz,
            version = $14::bigint + 1"
        ),
    )
}

/// The same with a new lifetime: `$9` is the absolute seconds. There is no `$17`.
pub(super) fn settle_with_lifetime(sessions: &str) -> String {
    let ends = ends("$8", "$9", "$11::timestamptz");
    settled(
        sessions,
        &format!(
            "deadline = $11::timestamptz + make_interval(secs => $9),
            persistent = $10::boolean,
            created_at = $11::timestamptz,
            authenticated_at = {PROVED},
            credential = $16::text,
            expires_at = {ends},
            purge_at = least($13::timestamptz, {ends}),
            version = $14::bigint + 1"
        ),
    )
}

/// Makes the reserved row a session that begins now, with the data of the one that was taken. `$1` to `$10`
/// as before, `$11` zero if it has an owner, and null if not, `$12` its credential.
pub(super) fn settle_anew(sessions: &str) -> String {
    let ends = ends("$8", "$9", "statement_timestamp()");
    settled(
        sessions,
        &format!(
            "deadline = statement_timestamp() + make_interval(secs => $9),
            persistent = $10::boolean,
            created_at = statement_timestamp(),
            authenticated_at = statement_timestamp() + make_interval(secs => $11),
            credential = $12::text,
            expires_at = {ends},
            purge_at = {ends},
            version = 1"
        ),
    )
}

fn settled(sessions: &str, life: &str) -> String {
    format!(
        "update {sessions} set
            data = ((case when $2 then '{{}}'::jsonb else $5::text::jsonb - $3::text[] end)
                || $4::text::jsonb),
            ip = $6::text::inet,
            user_agent = $7::text,
            seen_at = statement_timestamp(),
            idle_timeout = make_interval(secs => $8),
            {life}
        where key = $1
        returning id, version, {LEFT}"
    )
}

/// Gives up the reserved row `$1`.
pub(super) fn release(sessions: &str) -> String {
    format!("delete from {sessions} where key = $1 and expires_at = '-infinity'")
}
