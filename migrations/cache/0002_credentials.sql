-- A change of a session's credential is announced as well, after 0001_announce.sql and ../0002_accounts.sql. Plain
-- SQL, and may be run twice. The quotes are there to stay, as there.

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
                or (n.id, n.owner, n.credential, n.created_at, n.authenticated_at,
                    n.idle_timeout, n.deadline, n.persistent, n.data)
                    is distinct from
                   (o.id, o.owner, o.credential, o.created_at, o.authenticated_at,
                    o.idle_timeout, o.deadline, o.persistent, o.data))
        limit 5001
    ) as told;
    if changed is not null then
        perform "public"."announce_sessions"(tg_relid, changed);
    end if;
    return null;
end
$$;
