-- What administrators need: lists in the order in which sessions began, and how many there were.
--
-- Plain SQL, and may be run twice. The quotes are there to stay, as in 0001_sessions.sql.
--
-- On a large table the indexes take some seconds each, in which nobody can begin or end a session. To do
-- without that, make them before with `create index concurrently`, on one partition after the other; an index
-- on the whole then takes them up.

-- For lists, newest first, page by page. New rows go to its right end, so it costs those who begin a session
-- next to nothing; a touch does not move it.
create index if not exists "sessions_created_at" on "public"."sessions" (created_at, id);

create table if not exists "public"."sessions_history" (
    at        timestamptz not null primary key,
    live      bigint      not null,
    signed_in bigint      not null,
    anonymous bigint      not null,
    deleted   bigint      not null
);

comment on table "public"."sessions_history" is
    'How many sessions there were, read every few minutes by an application that records it; see docs/administration.md.';
comment on column "public"."sessions_history".at is
    'When it was read, or soon after.';
comment on column "public"."sessions_history".live is
    'Sessions that had not expired; where there are many, about.';
comment on column "public"."sessions_history".signed_in is
    'Sign-ins since the reading before, of those who had not signed out again.';
comment on column "public"."sessions_history".anonymous is
    'Sessions that had begun since then without an owner, and were still there.';
comment on column "public"."sessions_history".deleted is
    'Rows deleted since PostgreSQL began to count; the difference to the reading before is what ended.';
