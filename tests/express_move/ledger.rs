//! Both tables, compared in SQL, for all sessions at once.

use actix_pg_session::Imported;
use sqlx::PgPool;

use crate::shop::Shop;

/// What a move has to do now, while nobody writes.
pub(crate) async fn due(shop: &Shop) -> Imported {
    let counts: [i64; 5] = sqlx::query_as(
        "with live as (
            select sha256(convert_to(sid, 'UTF8')) as key, expire at time zone $1 as ends, sess::jsonb as sess
            from session s
            where expire at time zone $1 > now()
                and not exists (select from planted p where p.sid = s.sid and p.kind = 'refused')
        ), paired as (
            select live.key as here, own.key as there,
                (own.data, own.expires_at) is distinct from (sess - 'cookie', least(ends, deadline)) as differ
            from live full join sessions own using (key)
        )
        select count(here), count(*) filter (where there is null),
            count(*) filter (where here is not null and there is not null and differ),
            count(*) filter (where here is null),
            (select count(*) from planted where kind = 'refused')
        from paired",
    )
    .bind(shop.zone)
    .fetch_one(&shop.pool)
    .await
    .map(|(found, added, changed, ended, refused)| [found, added, changed, ended, refused])
    .expect("counts");
    let [found, added, changed, ended, refused] = counts.map(|count| count as u64);
    Imported { found, added, changed, ended, refused }
}

/// The live sessions that are not in the own table, or not as they were.
pub(crate) async fn lost(pool: &PgPool) -> Vec<String> {
    let lost = sqlx::query_scalar(
        "select concat_ws(' ', p.n, p.data, 'ends', p.ends_at, 'and is', coalesce(own::text, 'not there'))
        from planted as p
        left join sessions as own on own.key = sha256(convert_to(p.sid, 'UTF8'))
        where p.kind = 'live' and (
            own.key is null
            or own.data is distinct from sess_of(null, null, p.data)::jsonb - 'cookie'
            or own.owner is distinct from sess_of(null, null, p.data)::jsonb ->> 'user'
            or own.idle_timeout is distinct from make_interval(secs => coalesce(p.max_age, 86400))
            or own.persistent is distinct from (p.max_age is not null)
            or own.expires_at is distinct from least(p.ends_at, own.deadline)
            or own.purge_at is distinct from own.expires_at
            or own.seen_at not between p.used_at and p.used_at + interval '1 second'
            or own.deadline not between now() + interval '89 days' and now() + interval '90 days')
        order by p.n",
    );
    lost.fetch_all(pool).await.expect("rows")
}

/// The sessions in the own table that were over, or that it cannot hold.
pub(crate) async fn revived(pool: &PgPool) -> Vec<String> {
    let revived = sqlx::query_scalar(
        "select concat_ws(' ', p.kind, p.n, p.data)
        from planted as p
        join sessions as own on own.key = sha256(convert_to(p.sid, 'UTF8'))
        where p.kind <> 'live'
        order by p.kind, p.n",
    );
    revived.fetch_all(pool).await.expect("rows")
}

/// What is left in the Express table and was not refused.
pub(crate) async fn left_behind(pool: &PgPool) -> Vec<String> {
    let left = sqlx::query_scalar(
        "select concat_ws(' ', coalesce(p.kind, 'a customer''s'), sess::text)
        from session left join planted as p using (sid)
        where p.kind is distinct from 'refused'",
    );
    left.fetch_all(pool).await.expect("rows")
}

/// How many rows of the own tables have, anywhere in their text, the id of a session that was planted, or
/// one of these.
pub(crate) async fn in_clear(pool: &PgPool, sids: impl Iterator<Item = String>) -> i64 {
    let mut connection = pool.acquire().await.expect("a connection");
    sqlx::raw_sql("create temporary table known as select sid from planted; create index on known (sid)")
        .execute(&mut *connection)
        .await
        .expect("a table");
    sqlx::query("insert into known select unnest($1::text[])")
        .bind(sids.collect::<Vec<_>>())
        .execute(&mut *connection)
        .await
        .expect("more rows");
    // Digests and handles are in there, and are no ids: those do not look like hexadecimal numbers.
    sqlx::query_scalar(
        "with text as (
            select sessions::text as row from sessions
            union all select sessions_ended::text from sessions_ended
        ), word as (
            select row, (regexp_matches(row, '[A-Za-z0-9_-]{32,}', 'g'))[1] as word from text
        ), part as (
            select row, substr(word, at, length) as part
            from word
            -- Express makes ids of 32 characters, this crate of 43.
            cross join (select distinct length(sid) from known) as lengths
            cross join generate_series(1, length(word) - length + 1) as at
            where word !~ '^x?[0-9a-f-]*$'
        )
        select (select count(distinct row) from part join known on sid = part)
            + (select count(*) from known where sid ~ '^x?[0-9a-f-]*$' or length(sid) < 32)",
    )
    .fetch_one(&mut *connection)
    .await
    .expect("a count")
}
