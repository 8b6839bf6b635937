-- What a cache in front of the sessions needs: whoever changes or ends a session, in whatever way,
-- tells the caches of all processes. Applied by the cached store's migrate(), or by hand after
-- 0001_sessions.sql; then every writer pays for it, also those that have no cache themselves.
--
-- Plain SQL, and may be run twice. The quotes are there to stay, as in 0001_sessions.sql.

-- Says which sessions have changed, on a channel of the table's own (of the whole table's, if it is
-- partitioned). Many keys go in one message, since each message is read by every listening process; a message
-- has to stay below 8000 bytes. More than 5000 are everything, so nobody collects more than one beyond them,
-- however many millions a statement deletes.
create or replace function "public"."announce_sessions"(table_id oid, changed text[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    channel constant text := 'actix_pg_session_' || coalesce(pg_partition_root(table_id)::oid, table_id);
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

-- The triggers run as their owner: whoever may change sessions need not be allowed to execute functions.
--
-- A save moves the version, and a cache that has it already need not drop what it knows. Any other
-- change of what a cache shows has no version. A touch only puts the end off, which nobody needs to
-- know, and pruning only files the row elsewhere.
create or replace function "public"."announce_changed_sessions"()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    changed text[];
begin
    select array_agg(word) into changed from (
        select encode(o.key, 'base64') || case when n.version > o.version then '.' || n.version else '' end as word
        from old_rows o left join new_rows n on n.key = o.key
        where greatest(o.expires_at, n.expires_at) > now()
            and (n.key is null
                or n.version <> o.version
                or n.expires_at < o.expires_at
                or (n.id, n.owner, n.created_at, n.authenticated_at, n.idle_timeout, n.deadline, n.persistent, n.data)
                    is distinct from
                   (o.id, o.owner, o.created_at, o.authenticated_at, o.idle_timeout, o.deadline, o.persistent, o.data))
        limit 5001
    ) as told;
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
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    ended text[];
begin
    select array_agg(encode(key, 'base64')) into ended
    from (select o.key from old_rows o where o.expires_at > now() limit 5001) as told;
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
    perform pg_notify('actix_pg_session_' || coalesce(pg_partition_root(tg_relid)::oid, tg_relid), '*');
    return null;
end
$$;

-- On each partition too, since a statement that names one fires no trigger of the whole. And always: what a
-- session of psql does that fires no ordinary triggers (session_replication_role) is a change as well.
do $$
declare
    place text;
begin
    for place in
        select '"public"."sessions"'::regclass::text
        union
        select relid::text from pg_partition_tree('"public"."sessions"')
    loop
        execute 'create or replace trigger "sessions_changed" after update on ' || place || '
            referencing old table as old_rows new table as new_rows
            for each statement execute function "public"."announce_changed_sessions"()';
        execute 'create or replace trigger "sessions_gone" after delete on ' || place || '
            referencing old table as old_rows
            for each statement execute function "public"."announce_ended_sessions"()';
        execute 'create or replace trigger "sessions_emptied" after truncate on ' || place || '
            for each statement execute function "public"."announce_all_sessions"()';
        execute 'alter table ' || place || ' enable always trigger "sessions_changed"';
        execute 'alter table ' || place || ' enable always trigger "sessions_gone"';
        execute 'alter table ' || place || ' enable always trigger "sessions_emptied"';
    end loop;
end
$$;
