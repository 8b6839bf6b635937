//! Every statement on connect-pg-simple's table.
//!
//! All times are the database's, as in the crate's own store. The row's JSON is never taken apart in
//! SQL: it is compared as text, and put together of pieces with times in between.

use std::sync::Arc;

use super::table::Table;

/// The statements for one table.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) create: Arc<str>,
    pub(super) load: Arc<str>,
    pub(super) load_locked: Arc<str>,
    pub(super) save: Arc<str>,
    pub(super) renew: Arc<str>,
    pub(super) touch: Arc<str>,
    pub(super) delete: Arc<str>,
    pub(super) mark: Arc<str>,
    pub(super) prune: Arc<str>,
    pub(super) sample: Arc<str>,
    pub(super) page: Arc<str>,
    pub(super) drop_all: Arc<str>,
    pub(super) drop_expired: Arc<str>,
    pub(super) hold: Arc<str>,
}

impl Sql {
    pub(super) fn new(table: &Table) -> Self {
        Self {
            create: create(table).into(),
            load: load(table).into(),
            load_locked: load_locked(table).into(),
            save: save(table).into(),
            renew: renew(table).into(),
            touch: touch(table).into(),
            delete: delete(table).into(),
            mark: mark(table).into(),
            prune: prune(table).into(),
            sample: sample(table).into(),
            page: page(table).into(),
            drop_all: drop_all(table).into(),
            drop_expired: drop_expired(table).into(),
            hold: hold(table).into(),
        }
    }
}

/// `$1` sid, `$2` pieces, `$3` times, `$4` seconds left; with admin columns `$5` owner, `$6` ip, `$7` user
/// agent. No row: the sid is taken.
fn create(table: &Table) -> String {
    let (columns, values) = match table.admin_columns {
        true => (", owner, ip, user_agent", ", $5::text, $6::text::inet, $7::text"),
        false => ("", ""),
    };
    let (name, sess, ends) = (&table.name, table.sess.name(), read(table));
    format!(
        "with born as (
            insert into {name} (sid, sess, expire{columns})
            select $1, {TEXT}::{sess}, {EXPIRE}{values}
            on conflict (sid) do nothing
            returning {ends} as ends
        )
        select extract(epoch from ends - statement_timestamp())::float8 from born",
        TEXT = text("$2", "$3", "null::timestamptz"),
        EXPIRE = written(table, "statement_timestamp() + make_interval(secs => $4)"),
    )
}

/// `$1` sid, `$2` sid under which an end is remembered. A session or its end, if there is one.
fn load(table: &Table) -> String {
    let (name, ends) = (&table.name, read(table));
    let shown = shown(&ends);
    format!(
        "select sid::text = $1, sess::text, {shown}, statement_timestamp() from {name} where sid::text in ($1, $2) and {ends} > statement_timestamp()"
    )
}

/// `$1` sid. The session, held until the transaction ends.
fn load_locked(table: &Table) -> String {
    let (name, ends) = (&table.name, read(table));
    let shown = shown(&ends);
    format!(
        "select true, sess::text, {shown}, statement_timestamp() from {name} where sid::text = $1 and {ends} > statement_timestamp() for update"
    )
}

/// `$1` sid, `$2` the text that was read, `$3` pieces, `$4` times, `$5` seconds left, `$6` deadline,
/// `$7` whether it may only live longer. No row: gone, or another text by now.
fn save(table: &Table) -> String {
    let (name, ends) = (&table.name, read(table));
    let shown = shown(&ends);
    format!(
        "with saved as (
            update {name} set {SAVED}
            where sid::text = $1 and {ends} > statement_timestamp() and sess::text = $2
            returning {shown} as ends, {NOW_TEXT} as sess
        )
        select extract(epoch from ends - statement_timestamp())::float8, sess from saved",
        SAVED = saved(table),
        NOW_TEXT = table.sess.changed_text(),
    )
}

/// `$1` old sid, `$2` to `$7` as in `save`, `$8` new sid, `$9` sid under which the end of the old one is
/// remembered, `$10` that row's text, `$11` for how many seconds; with admin columns `$12` whether
/// another session begins, `$13` its owner, `$14` ip, `$15` user agent. No row: gone, or another text.
///
/// It moves the row, for the reason that the crate's own store has.
fn renew(table: &Table) -> String {
    let (name, ends, sess) = (&table.name, read(table), table.sess.name());
    let shown = shown(&ends);
    let admin = match table.admin_columns {
        true => {
            ",
                owner = case when $12 then $13::text else owner end,
                ip = case when $12 then $14::text::inet else ip end,
                user_agent = case when $12 then $15::text else user_agent end"
        }
        false => "",
    };
    format!(
        "with saved as (
            update {name} set sid = $8, {SAVED}{admin}
            where sid::text = $1 and {ends} > statement_timestamp() and sess::text = $2
            returning {shown} as ends, {NOW_TEXT} as sess
        ), remembered as (
            insert into {name} (sid, sess, expire)
            select $9, $10::text::{sess}, {UNTIL} from saved where $11 > 0::float8
            {OVER_AN_OLD_ONE}
        )
        select extract(epoch from ends - statement_timestamp())::float8, sess from saved",
        SAVED = saved(table),
        NOW_TEXT = table.sess.changed_text(),
        UNTIL = written(table, "statement_timestamp() + make_interval(secs => $11)"),
        OVER_AN_OLD_ONE = over_an_old_one(table),
    )
}

/// `$1` sid, `$2` seconds left, `$3` deadline. Answers as `save` does. Leaves the JSON alone, which may know of another lifetime than
/// the last one: then the end moves back, as connect-pg-simple moves it.
fn touch(table: &Table) -> String {
    let (name, ends) = (&table.name, read(table));
    let shown = shown(&ends);
    format!(
        "with touched as (
            update {name} set expire = {MOVED}
            where sid::text = $1 and {ends} > statement_timestamp()
            returning {shown} as ends
        )
        select extract(epoch from ends - statement_timestamp())::float8, null::text from touched",
        MOVED = moved(table, "$2", "$3", "false"),
    )
}

/// `$1` sid, `$2` sid under which its end is remembered, `$3` that row's text, `$4` for how many seconds.
/// Whether there was a live session, and what is remembered of an end before that one.
fn delete(table: &Table) -> String {
    let (name, ends, sess) = (&table.name, read(table), table.sess.name());
    format!(
        "with gone as (
            delete from {name} where sid::text = $1 returning {ends} as ends
        ), remembered as (
            insert into {name} (sid, sess, expire)
            select $2, $3::text::{sess}, {UNTIL} from gone where ends > statement_timestamp() and $4 > 0::float8
            {OVER_AN_OLD_ONE}
        )
        select exists (select from gone where ends > statement_timestamp()),
            (select sess::text from {name} where sid::text = $2 and {ends} > statement_timestamp())",
        UNTIL = written(table, "statement_timestamp() + make_interval(secs => $4)"),
        OVER_AN_OLD_ONE = over_an_old_one(table),
    )
}

/// `$1` sid under which an end is remembered.
fn mark(table: &Table) -> String {
    let (name, ends) = (&table.name, read(table));
    format!("select sess::text from {name} where sid::text = $1 and {ends} > statement_timestamp()")
}

/// `$1` batch size. One process at a time; the others do nothing.
fn prune(table: &Table) -> String {
    let (name, ends) = (&table.name, read(table));
    // By local time for the index, and by instants because local times repeat when summer time ends.
    let now = table.expire.of("statement_timestamp()");
    let lock = name.replace('\'', "''");
    format!(
        "with turn as materialized (
            select pg_try_advisory_xact_lock(hashtextextended('{lock}', 0::bigint)) as ours
        ), due as (
            select sid from {name}
            where (select ours from turn) and expire < {now} and {ends} < statement_timestamp()
            order by expire
            limit $1
            for update skip locked
        ), dead as (
            delete from {name} where sid::text in (select sid::text from due) returning 1
        )
        select count(*) from dead"
    )
}

/// `$1` a time zone, `$2` how many. The rows that end last: what they say of their end in JSON, and what
/// the column does if it is meant in this zone.
fn sample(table: &Table) -> String {
    let name = &table.name;
    format!(
        "select sess::text, extract(epoch from expire at time zone $1)::float8
        from {name} order by expire desc limit $2"
    )
}

/// `$1` the last sid of the page before, `$2` page size. Live sessions, in the order of their sids, without
/// the marks of those that have ended.
fn page(table: &Table) -> String {
    let (name, ends) = (&table.name, read(table));
    let shown = shown(&ends);
    format!(
        "select sid::text, sess::text, {shown}, statement_timestamp() from {name}
        where sid::text > $1 and {ends} > statement_timestamp() and sid::text not like 'ended:%' order by sid::text limit $2"
    )
}

/// `$1` sids. Deletes them, live or not.
fn drop_all(table: &Table) -> String {
    format!("delete from {} where sid::text = any($1)", table.name)
}

/// Deletes what is no live session: expired rows, and marks of those that have ended.
fn drop_expired(table: &Table) -> String {
    let (name, ends) = (&table.name, read(table));
    format!("delete from {name} where not {ends} > statement_timestamp() or sid::text like 'ended:%'")
}

/// Lets others read the table and not write it, until the transaction ends.
fn hold(table: &Table) -> String {
    format!("lock table {} in exclusive mode", table.name)
}

/// When a row ends, as an instant.
fn read(table: &Table) -> String {
    table.expire.instant("expire")
}

/// An end that every program can read: `infinity` and the years after 9999 are beyond most.
fn shown(ends: &str) -> String {
    format!("least({ends}, timestamptz '9999-12-30 00:00:00+00')")
}

/// A mark takes the place of one that has expired, and of no other.
fn over_an_old_one(table: &Table) -> String {
    let name = &table.name;
    let ends = table.expire.instant(&format!("{name}.expire"));
    format!(
        "on conflict (sid) do update set sess = excluded.sess, expire = excluded.expire
            where {ends} <= statement_timestamp()"
    )
}

/// An instant as the column holds it, in whole seconds as connect-pg-simple writes them: rounded up.
fn written(table: &Table, instant: &str) -> String {
    table.expire.of(&format!("to_timestamp(ceil(extract(epoch from {instant}))::float8)"))
}

/// The end of a session that has `$left` seconds, and a deadline or none.
fn moved(table: &Table, left: &str, deadline: &str, only_longer: &str) -> String {
    let end =
        format!("least(statement_timestamp() + make_interval(secs => {left}), {deadline}::timestamptz)");
    let (ends, longer) = (read(table), written(table, &end));
    // Compared as instants; at the end of summer time two local times are not in order.
    format!("case when {only_longer} and {ends} >= {end} then expire else {longer} end")
}

/// What a save sets, given `$3` to `$7`.
fn saved(table: &Table) -> String {
    format!(
        "sess = {TEXT}::{SESS}, expire = {MOVED}",
        TEXT = text("$3", "$4", "$6::timestamptz"),
        SESS = table.sess.name(),
        MOVED = moved(table, "$5", "$6", "$7"),
    )
}

/// A template's text: after each piece the time that follows it, in ISO 8601 and never past a deadline.
fn text(pieces: &str, times: &str, deadline: &str) -> String {
    format!(
        "(select string_agg(
                piece || case when after is null then '' else to_char(
                    least(statement_timestamp() + make_interval(secs => after), {deadline}) at time zone 'UTC',
                    'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') end,
                '' order by n)
            from unnest({pieces}::text[], {times}::float8[]) with ordinality as t (piece, after, n))"
    )
}
