-- Sessions of actix-pg-session, distributed over the nodes of a Citus cluster by key.
--
-- In place of ../0001_sessions.sql. Plain SQL: run it on the coordinator, with the crate's migrate()
-- (`Layout::Distributed`), with `sqlx migrate run --source migrations/distributed`, or paste it into psql.
-- It may be run twice, and on a table of ../0001_sessions.sql, whose rows are then distributed. Without
-- Citus it makes ordinary tables. migrate() puts other names in place of the quoted ones where the
-- application chose a schema or a table of its own, so the quotes are there to stay, and its number of
-- shards in place of this one.
--
-- There is no function that prunes, since what it would lock is on many nodes. The crate prunes by
-- statements of its own; docs/scaling.md has those for cron.

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
) with (
    -- Room on each page for the next version of a row, so that a touch stays within its page (HOT).
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.05
);

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

do $$
declare
    shards constant integer := 32;
begin
    -- A database without Citus has no such catalog, and keeps ordinary tables.
    if to_regclass('pg_catalog.pg_dist_partition') is null then
        return;
    end if;
    if not exists (select from pg_dist_partition where logicalrelid = '"public"."sessions"'::regclass) then
        perform create_distributed_table(
            '"public"."sessions"', 'key', colocate_with => 'none', shard_count => shards
        );
    end if;
    -- Beside the sessions: what is under one key is on one node.
    if not exists (
        select from pg_dist_partition where logicalrelid = '"public"."sessions_ended"'::regclass
    ) then
        perform create_distributed_table(
            '"public"."sessions_ended"', 'key', colocate_with => '"public"."sessions"'
        );
    end if;
end
$$;

create or replace view "public"."active_sessions" as
select id, owner, data, ip, user_agent, created_at, seen_at, authenticated_at, expires_at,
       date_trunc('second', expires_at - now()) as expires_in
from "public"."sessions"
where expires_at > now();

comment on view "public"."active_sessions" is 'The live sessions, without what only the library needs.';
