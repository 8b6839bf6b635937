-- Sessions as a year of Express leaves them: `planted` says what they are, `session` has them as
-- connect-pg-simple would. LIVE stands for a number, ZONE for the time zone of Node's connections.

create table planted (
    kind    text not null,
    n       int not null,
    sid     text not null primary key,
    -- In seconds; null for a session that goes with the browser.
    max_age int,
    -- When a request last moved the column, and how long the rest of the row had been as it is.
    used_at timestamptz not null,
    stale   interval not null,
    data    text not null
);

-- Express's ids are 24 random bytes; these are as good as random, and the same each time.
create function sid_of(kind text, n int) returns text language sql immutable as $$
    select left(translate(encode(sha256(convert_to(kind || n, 'UTF8')), 'base64'), '+/', '-_'), 32)
$$;

-- What `JSON.stringify` makes of the shop's cookie, and of what else is in the session.
create function sess_of(max_age int, expires timestamptz, data text) returns text language sql stable as $$
    select format(
        '{"cookie":{"originalMaxAge":%s,"expires":%s,"secure":false,"httpOnly":true,"path":"/","sameSite":"lax"}%s}',
        coalesce((max_age * 1000.0)::bigint::text, 'null'),
        coalesce(to_char(expires at time zone 'UTC', '"\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\""'), 'null'),
        data)
$$;

-- As different as the pages of an application make them.
create function data_of(n int) returns text language sql immutable as $$
    select case n % 5
        when 0 then format(
            ',"cart":[{"book":"night-ferry","at":"Express 5"},{"book":"slack-water","at":"actix-web"}],"visit":%s', n)
        when 1 then format(',"user":"reader %s","cart":[]', n)
        when 2 then format(
            ',"returnTo":"/orders/%s?by=Zo%%C3%%AB","csrfSecret":"%s","flash":{"error":["No. %s is sold out"]}',
            n, md5(n::text), n)
        when 3 then format(
            ',"user":"Žofie № %s","note":"two\nlines, \"%s\" ☕ </script>","owed":%s.25,"nothing":null,"tags":["",[],{}]',
            n, n, n)
        else format(',"views":%s,"":"no name","deep":{"b":{"c":[1,-2e-7,{"a":"%s"}]},"a":true}', n, n)
    end
$$;

-- Of eight, two go with the browser, one is kept for a year, two for two weeks and three for an hour. One of
-- these three ends soon, within half an hour.
insert into planted
select 'live', n, sid_of('live', n), life.max_age,
    now() - case when n % 8 = 5 then make_interval(secs => 1800 + n % 900) else make_interval(secs => n % 1700) end,
    case when n % 3 = 0 then make_interval(secs => n % 86399) else '0' end,
    data_of(n)
from generate_series(1, LIVE) as n
cross join lateral (
    select case n % 8 when 0 then null when 1 then null when 2 then 31536000 when 3 then 1209600
        when 4 then 1209600 else 3600 end as max_age
) as life;

-- Those that have ended, some minutes to a month ago, and were not pruned.
insert into planted
select 'expired', n, sid_of('expired', n), 3600, now() - make_interval(secs => 3601 + n * 500), '0', data_of(n)
from generate_series(1, greatest(LIVE / 20, 10)) as n;

-- Those that will end while the import is under way.
insert into planted
select 'ending', n, sid_of('ending', n), 3600, now(), '0', data_of(n)
from generate_series(1, greatest(LIVE / 200, 10)) as n;

-- What json holds, and jsonb does not.
insert into planted
select 'refused', n, sid_of('refused', n::int), 1209600, now(), '0', data
from unnest(array[
    ',"user":"eve","note":"\u0000"',
    ',"user":"eve","note":"\ud83d"',
    ',"\u0000":"eve"',
    ',"deep":{"a":["\udc00"]}',
    ',"deep":{"\ud83d":1}'
]) with ordinality as t (data, n);

-- When a session ends: in whole seconds, rounded up.
create function ends_at(p planted) returns timestamptz language sql stable as $$
    select to_timestamp(ceil(extract(epoch from p.used_at) + coalesce(p.max_age, 86400)))
$$;

set local timezone = 'ZONE';
insert into session (sess, expire, sid)
select sess_of(p.max_age, case when p.max_age is not null then p.used_at - p.stale + make_interval(secs => p.max_age) end, p.data)::json,
    p.ends_at, p.sid
from planted as p;
analyze session;
