-- Sessions of actix-pg-session, in hash partitions.
--
-- In place of ../0001_sessions.sql, where one table has become too large to vacuum and index in one go.
-- Plain SQL: run it with the crate's migrate() (`Layout::Partitioned`), with
-- `sqlx migrate run --source migrations/partitioned`, or paste it into psql. It may be run twice.
-- migrate() puts other names in place of the quoted ones where the application chose a schema or a
-- table of its own, so the quotes are there to stay, and its number of partitions in place of this one.

create table if not exists "public"."sessions" (
    key              bytea       not null primary key,
    id               uuid        not null default gen_random_uuid(),
    data             jsonb       not null default '{}' check (jsonb_typeof(data) = 'object'),
    owner            text,
    ip               inet,
    user_agent       text,
    created_at       timestamptz not null default now(),
    seen_at          timestamptz not null default now(),
    authenticated_at timestamptz,
    idle_timeout     interval    not null,
    deadline         timestamptz,
    persistent       boolean     not null default true,
    expires_at       timestamptz not null,
    purge_at         timestamptz not null,
    version          bigint      not null default 1
) partition by hash (key);

do $$
declare
    partitions constant integer := 16;
begin
    if exists (select from pg_inherits where inhparent = '"public"."sessions"'::regclass) then
        return;
    end if;
    for n in 0 .. partitions - 1 loop
        -- Settings of a partitioned table are those of its partitions. The fillfactor leaves room on each
        -- page for the next version of a row, so that a touch stays within its page (HOT).
        execute 'create table "public"."sessions_p' || n || '" partition of "public"."sessions"
            for values with (modulus ' || partitions || ', remainder ' || n || ')
            with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,
                  autovacuum_analyze_scale_factor = 0.05)';
    end loop;
end
$$;

comment on table "public"."sessions" is
    'Sessions of web visitors (actix-pg-session). Deleting a row signs its visitor out.';
comment on column "public"."sessions".key is
    'SHA-256 of the id in the visitor''s cookie. The id itself is nowhere in the database.';
comment on column "public"."sessions".id is
    'Public handle: safe in logs and lists, useless as a cookie. Stays when the cookie''s id is renewed.';
comment on column "public"."sessions".data is
    'What the application stored, by name.';
comment on column "public"."sessions".owner is
    'Who is signed in; null for an anonymous visitor.';
comment on column "public"."sessions".ip is
    'Where the session began.';
comment on column "public"."sessions".user_agent is
    'What browser the session began in, as it called itself.';
comment on column "public"."sessions".created_at is
    'When the session, or with an owner the sign-in, began.';
comment on column "public"."sessions".seen_at is
    'Last save or touch. Reading touches only once in a while, so this is a few minutes coarse.';
comment on column "public"."sessions".authenticated_at is
    'When the owner last proved who they are.';
comment on column "public"."sessions".idle_timeout is
    'The session ends when it is not used for this long.';
comment on column "public"."sessions".deadline is
    'The session ends then in any case; null for no such limit.';
comment on column "public"."sessions".persistent is
    'Whether the browser keeps the cookie when it closes.';
comment on column "public"."sessions".expires_at is
    'The earlier of idle time and deadline. From then on the row counts as absent, pruned or not.';
comment on column "public"."sessions".purge_at is
    'When pruning looks at this row next. A touch leaves it alone, which is what keeps touches cheap.';
comment on column "public"."sessions".version is
    'Moves with data, not with a touch.';

create index if not exists "sessions_owner" on "public"."sessions" (owner) where owner is not null;

-- Not on expires_at: an index on a column that every touch moves would make every touch an update
-- of all indexes.
create index if not exists "sessions_purge_at" on "public"."sessions" (purge_at);

create table if not exists "public"."sessions_ended" (
    key       bytea       not null primary key,
    until     timestamptz not null,
    successor bytea
);

comment on table "public"."sessions_ended" is
    'Keys that were renewed or signed out seconds ago, so that late requests with the old cookie are recognised.';
comment on column "public"."sessions_ended".successor is
    'The key that the same session got, if it was renewed: a late sign-out still finds it.';

create index if not exists "sessions_ended_until" on "public"."sessions_ended" (until);

create or replace view "public"."active_sessions" as
select id, owner, data, ip, user_agent, created_at, seen_at, authenticated_at, expires_at,
       date_trunc('second', expires_at - now()) as expires_in
from "public"."sessions"
where expires_at > now();

comment on view "public"."active_sessions" is 'The live sessions, without what only the library needs.';

-- One bounded step of pruning: looks at no more than `batch` rows whose time to be looked at has
-- come, deletes those that have expired and files the others under their new date. `more` says
-- whether there may be more to do. Does nothing while another session of the database prunes.
create or replace function "public"."prune_sessions"(
    batch integer default 1000,
    out pruned bigint,
    out more boolean
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    examined  bigint;
    forgotten bigint;
begin
    pruned := 0;
    more := false;
    if not pg_try_advisory_xact_lock(hashtextextended('"public"."sessions"', 0)) then
        return;
    end if;

    with due as (
        select key, expires_at
        from "public"."sessions"
        where purge_at <= now()
        order by purge_at
        limit batch
        for update skip locked
    ), dead as (
        delete from "public"."sessions" s
        using due
        where s.key = due.key and due.expires_at <= now()
        returning 1
    ), filed as (
        update "public"."sessions" s
        set purge_at = s.expires_at
        from due
        where s.key = due.key and due.expires_at > now()
        returning 1
    )
    select (select count(*) from due), (select count(*) from dead) into examined, pruned;

    with gone as (
        delete from "public"."sessions_ended"
        where key in (
            select key from "public"."sessions_ended"
            where until <= now()
            limit batch
            for update skip locked
        )
        returning 1
    )
    select count(*) from gone into forgotten;

    more := batch > 0 and greatest(examined, forgotten) >= batch;
end
$$;

comment on function "public"."prune_sessions"(integer) is
    'Deletes up to `batch` expired sessions. For cron: select * from prune_sessions();';
