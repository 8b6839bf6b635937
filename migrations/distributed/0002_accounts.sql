-- What accounts need of a session, after 0001_sessions.sql, in all shards: run it on the coordinator, which tells
-- the others. Plain SQL, and may be run twice. The quotes are there to stay, as there.

alter table "public"."sessions" add column if not exists credential text;

comment on column "public"."sessions".credential is
    'Which version of the password and the like the owner signed in with, if the application says.';
