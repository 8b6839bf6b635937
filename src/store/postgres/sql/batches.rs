//! Statements for many sessions at once.

use super::parts::{LEFT, SLID, life, new_lifetime};

/// How the statements of a layout are put.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// The rows of a batch are found again where they were locked, by `ctid` rather than by `key`. That says
    /// nothing in a table of many.
    place: &'static str,
    /// Arrays are handed on by a `select`, so that the planner cannot look into them. It would plan the statement anew
    /// each time that the arrays are shorter than the ten elements it takes for granted, which costs more than
    /// carrying it out. Where partitions or shards are chosen by what is in the arrays, it has to look.
    hides_arrays: bool,
}

impl Form {
    pub(super) const PLAIN: Self = Self { place: "ctid", hides_arrays: true };
    pub(super) const OTHER: Self = Self { place: "key", hides_arrays: false };

    /// A parameter that is an array of this type.
    fn array(self, parameter: &str, of: &str) -> String {
        match self.hides_arrays {
            true => format!("(select {parameter}::{of}[])::{of}[]"),
            false => format!("{parameter}::{of}[]"),
        }
    }

    /// Several, `$first` and those after it, as the arguments of `unnest`.
    fn arrays(self, first: usize, of: &[&str]) -> String {
        let arrays = of.iter().enumerate().map(|(at, of)| self.array(&format!("${}", first + at), of));
        arrays.collect::<Vec<_>>().join(", ")
    }

    /// The live rows of `$1` that nobody else holds, locked in the order of their keys. Whoever held a row up
    /// would hold up all that go with it; those are left out, and sent alone. So is a row that was changed
    /// between the statement's beginning and its being locked, if it is no longer in the same place.
    fn locked(self, sessions: &str) -> String {
        format!(
            "locked as (
            select key, {place} as place from {sessions}
            where key = any({KEYS}) and expires_at > statement_timestamp()
            order by key
            for update skip locked
        )",
            place = self.place,
            KEYS = self.array("$1", "bytea"),
        )
    }
}

/// `$1` keys, `$2` data, `$3` owners, `$4` ips, `$5` user agents, `$6` idle seconds, `$7` absolute seconds,
/// `$8` persistent, `$9` credentials. No row for a key that is taken.
pub(super) fn create_all(form: Form, sessions: &str) -> String {
    format!(
        "with born as (
            insert into {sessions}
                (key, data, owner, credential, ip, user_agent, created_at, seen_at, authenticated_at,
                 idle_timeout, deadline, persistent, expires_at, purge_at)
            select i.key, i.data::jsonb, i.owner, i.credential, i.ip::inet, i.user_agent,
                   statement_timestamp(), statement_timestamp(),
                   case when i.owner is not null then statement_timestamp() end,
                   life.idle, life.deadline, i.persistent, life.ends, life.ends
            from unnest({NEW}) as i (key, data, owner, ip, user_agent, idle, absolute, persistent, credential)
            cross join lateral {LIFE}
            on conflict (key) do nothing
            returning key, id, expires_at
        )
        select key, id, {LEFT} from born",
        NEW =
            form.arrays(1, &["bytea", "text", "text", "text", "text", "float8", "float8", "boolean", "text"]),
        LIFE = life("i.idle", "i.absolute", "statement_timestamp()"),
    )
}

/// `$1` keys.
pub(super) fn load_all(form: Form, sessions: &str) -> String {
    format!(
        "select id, data::text, owner, created_at, seen_at, authenticated_at,
                date_part('epoch', idle_timeout), deadline, persistent, version,
                {LEFT},
                date_part('epoch', statement_timestamp() - seen_at), credential,
                key
        from {sessions}
        where key = any({KEYS}) and expires_at > statement_timestamp()",
        KEYS = form.array("$1", "bytea"),
    )
}

/// `$1` keys, `$2` cleared, `$3` removed, `$4` set, `$5` expected versions, `$6` idle seconds (null: lifetime
/// unchanged), `$7` absolute seconds, `$8` persistent. In `$3`, names stand apart by `$9`, and where there
/// is none, `$10`. No row: gone, another version, or held by somebody.
pub(super) fn update_all(form: Form, sessions: &str) -> String {
    format!(
        "with {LOCKED}, saved as (
            update {sessions} s set
                data = ((case when i.cleared then '{{}}'::jsonb
                         else s.data - string_to_array(i.removed, $9::text, $10::text) end)
                    || i.set::jsonb),
                version = s.version + 1,
                seen_at = statement_timestamp(),
                {LIFETIME}
            from unnest({CHANGES}) as i (key, cleared, removed, set, expected, idle, absolute, kept)
            join locked using (key)
            where s.{PLACE} = locked.place and (i.expected is null or s.version = i.expected)
            returning s.key, s.id, s.version, s.expires_at
        )
        select key, id, version, {LEFT} from saved",
        LOCKED = form.locked(sessions),
        CHANGES =
            form.arrays(1, &["bytea", "boolean", "text", "text", "bigint", "float8", "float8", "boolean"]),
        PLACE = form.place,
        LIFETIME = new_lifetime("i.idle", "i.absolute", "i.kept"),
    )
}

/// `$1` keys. No row: gone, or held by somebody.
pub(super) fn touch_all(form: Form, sessions: &str) -> String {
    format!(
        "with {LOCKED}, touched as (
            update {sessions} s set seen_at = statement_timestamp(), expires_at = {SLID}
            from locked where s.{PLACE} = locked.place
            returning s.key, s.expires_at
        )
        select key, {LEFT} from touched",
        LOCKED = form.locked(sessions),
        PLACE = form.place,
    )
}

/// `$1` keys, `$2` grace seconds of each. No row: there was none, or it is held by somebody.
pub(super) fn delete_all(form: Form, sessions: &str, ended: &str) -> String {
    format!(
        "with {LOCKED}, gone as (
            delete from {sessions} s using locked where s.{PLACE} = locked.place returning s.key, s.expires_at
        ), remembered as (
            insert into {ended} (key, until, successor)
            select gone.key, statement_timestamp() + make_interval(secs => i.grace), null
            from gone join unnest({GONE}) as i (key, grace) using (key)
            where i.grace > 0::float8
            on conflict (key) do nothing
        )
        select key from gone",
        LOCKED = form.locked(sessions),
        PLACE = form.place,
        GONE = form.arrays(1, &["bytea", "float8"]),
    )
}
