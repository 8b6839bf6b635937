-- What a cache in front of the sessions needs: whoever changes or ends a session, in whatever way,
-- tells the caches of all processes. Applied by the cached store's migrate(), or by hand after
-- 0001_sessions.sql; then every writer pays for it, also those that have no cache themselves.
--
-- Plain SQL, and may be run twice. The quotes are there to stay, as in 0001_sessions.sql.

-- Says which sessions have changed, on a channel of the table's own. Many keys go in one message,
-- since each message is read by every listening process; a message has to stay below 8000 bytes.
create or replace function "public"."announce_sessions"(table_id oid, changed text[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    channel constant text := 'actix_pg_session_' || table_id;
begin
    if cardinality(changed) > 5000 then
        perform pg_notify(channel, '*');
    else
        perform pg_notify(channel, array_to_string(changed[first : first + 119], ' '))
        from generate_series(1, cardinality(changed), 120) as first;
    end if;
end
$$;

comment on function "public"."announce_sessions"(oid, text[]) is
    'Tells the caches of the web application which sessions have changed; the triggers call it.';

-- A save moves the version, and a cache that has it already need not drop what it knows. Any other
-- change of what a cache shows has no version. A touch only puts the end off, which nobody needs to
-- know, and pruning only files the row elsewhere.
create or replace function "public"."announce_changed_sessions"()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    changed text[];
begin
    select array_agg(encode(o.key, 'base64') || case when n.version > o.version then '.' || n.version else '' end)
    into changed
    from old_rows o left join new_rows n on n.key = o.key
    where greatest(o.expires_at, n.expires_at) > now()
        and (n.key is null
            or n.version <> o.version
            or n.expires_at < o.expires_at
            or (n.id, n.owner, n.created_at, n.authenticated_at, n.idle_timeout, n.deadline, n.persistent, n.data)
                is distinct from
               (o.id, o.owner, o.created_at, o.authenticated_at, o.idle_timeout, o.deadline, o.persistent, o.data));
    if changed is not null then
        perform "public"."announce_sessions"(tg_relid, changed);
    end if;
    return null;
end
$$;

-- Rows that had expired are in no cache, so pruning announces nothing.
create or replace function "public"."announce_ended_sessions"()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    ended text[];
begin
    select array_agg(encode(o.key, 'base64')) into ended from old_rows o where o.expires_at > now();
    if ended is not null then
        perform "public"."announce_sessions"(tg_relid, ended);
    end if;
    return null;
end
$$;

create or replace function "public"."announce_all_sessions"()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_notify('actix_pg_session_' || tg_relid, '*');
    return null;
end
$$;

create or replace trigger "sessions_changed" after update on "public"."sessions"
    referencing old table as old_rows new table as new_rows
    for each statement execute function "public"."announce_changed_sessions"();

create or replace trigger "sessions_gone" after delete on "public"."sessions"
    referencing old table as old_rows
    for each statement execute function "public"."announce_ended_sessions"();

create or replace trigger "sessions_emptied" after truncate on "public"."sessions"
    for each statement execute function "public"."announce_all_sessions"();
