-- What a neighbour plants who may create things in a schema of somebody else's search_path, to be found in place of
-- PostgreSQL's own: functions and operators that fit a call better than those do, because the types of their arguments are
-- exactly those that are given (CVE-2018-1058), and tables of the same names. Whatever is called raises an error, and
-- is counted.

create schema planted;

-- Types that our statements have values of.
create function planted.some_types() returns setof regtype language sql as $$
    select unnest(array['text', 'bytea', 'boolean', 'integer', 'bigint', 'double precision', 'numeric', 'oid', 'uuid',
        'json', 'jsonb', 'inet', 'timestamptz', 'timestamp', 'interval', 'name', 'regclass', 'real', 'smallint', 'varchar', 'xid', '"char"', 'jsonpath',
        'text[]', 'bytea[]', 'uuid[]', 'double precision[]', 'record'])::regtype
$$;

-- Counts, also for those whose transaction does not come to its end: what the books say of functions is not taken back.
create function planted.tick() returns void language plpgsql as $$ begin return; end $$;

-- A function of this name and these arguments, unless there is one already.
create function planted.plant(called text, arguments text) returns void language plpgsql as $$
begin
    execute format(
        'create function planted.%I(%s) returns boolean language plpgsql as '
        '$f$ begin perform planted.tick(); raise exception %L; end $f$',
        called, arguments, 'fooled: ' || called || '(' || arguments || ')');
exception
    when duplicate_function or invalid_function_definition or feature_not_supported then null;
end
$$;

-- For each function of PostgreSQL's that the application calls: with the same arguments, and with each of them of
-- every other type. A polymorphic one is made of one type first.
create function planted.plant_functions(names text[]) returns bigint language plpgsql as $$
declare
    known record;
    given regtype;
    other regtype;
    types text[];
    names_of text[];
    place int;
begin
    for known in
        select distinct proname, proargtypes::oid[] as types, proargnames[1:pronargs] as labels
        from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname = any(names) and pronargs between 1 and 4
    loop
        for given in select * from planted.some_types() loop
            select array_agg(case
                       when t.typtype = 'p' and t.typname in ('anyarray', 'anycompatiblearray')
                           then coalesce((given::text || '[]')::regtype, 'text[]')::text
                       when t.typtype = 'p' and t.typname not in ('record', 'cstring', 'internal') then given::text
                       else t.oid::regtype::text end order by n)
            into types
            from unnest(known.types) with ordinality as a (oid, n) join pg_type t on t.oid = a.oid;
            for place in 1 .. cardinality(types) loop
                for other in select * from planted.some_types() loop
                    names_of := types;
                    names_of[place] := other::text;
                    perform planted.plant(known.proname, array_to_string(names_of, ', '));
                end loop;
            end loop;
            perform planted.plant(known.proname, array_to_string(types, ', '));
            exit when not exists (
                select from unnest(known.types) as a (oid) join pg_type t on t.oid = a.oid where t.typtype = 'p'
            );
        end loop;
    end loop;
    perform planted.plant(called, 'anything integer default 1') from unnest(array['now', 'clock_timestamp']) as called;
    perform planted.plant(called, '') from unnest(array['now', 'clock_timestamp', 'gen_random_uuid']) as called;
    perform planted.plant('make_interval', 'secs ' || t) from planted.some_types() as t;
    perform planted.plant('make_interval', 'days ' || t) from planted.some_types() as t;
    perform planted.plant('jsonb_path_query_first', 'jsonb, jsonpath, silent boolean');
    return (select count(*) from pg_proc where pronamespace = 'planted'::regnamespace);
end
$$;

-- Every operator between any two of the types.
create function planted.plant_operators(symbols text[]) returns bigint language plpgsql as $$
declare
    symbol text;
    l regtype;
    r regtype;
begin
    for l in select * from planted.some_types() loop
        for r in select * from planted.some_types() loop
            perform planted.plant('operate', l || ', ' || r);
            foreach symbol in array symbols loop
                begin
                    execute format('create operator planted.%s (leftarg = %s, rightarg = %s, function = planted.operate)',
                        symbol, l, r);
                exception
                    when others then null;
                end;
            end loop;
        end loop;
    end loop;
    return (select count(*) from pg_operator where oprnamespace = 'planted'::regnamespace);
end
$$;

-- In place of the application's own.
create function planted.plant_tables() returns void language plpgsql as $$
declare
    table_name text;
begin
    foreach table_name in array array['sessions', 'sessions_ended', 'sessions_history', 'active_sessions', 'session',
        '_sessions_migrations', '_sqlx_migrations'] loop
        execute format('create table planted.%I (fooled text)', table_name);
    end loop;
    perform planted.plant('prune_sessions', 'integer');
    perform planted.plant('announce_sessions', 'oid, text[]');
end
$$;
