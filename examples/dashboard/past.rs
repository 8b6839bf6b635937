//! A day that has been: sessions of various ages, and the readings that would have been taken.

use sqlx::PgPool;

use crate::people::{BROWSERS, NAMES};

/// `$1` names, `$2` browsers. More of both from the beginning of the lists.
const SESSIONS: &str = r#"
    insert into dashboard_example.sessions
        (key, data, owner, ip, user_agent, created_at, seen_at, authenticated_at, idle_timeout, deadline, expires_at, purge_at)
    select sha256(convert_to(gen_random_uuid()::text, 'UTF8')),
           jsonb_build_object(
               'cart', jsonb_build_array(jsonb_build_object('book', 'night-ferry', 'copies', 1 + n % 3)),
               'currency', (array['EUR', 'USD', 'JPY'])[1 + n % 3],
               'csrf_token', md5(n::text),
               'theme', case when n % 2 = 0 then 'dark' else 'light' end,
               'pages', n % 17,
               'shipping', jsonb_build_object('city', (array['Porto', 'Osaka', 'Accra'])[1 + n % 3], 'express', n % 4 = 0)),
           who, ('198.51.' || 100 + n % 4 || '.' || n % 256)::inet,
           ($2::text[])[1 + least(floor(random() * 8), floor(random() * 8))::int],
           began, seen, case when who is not null then began end,
           '14 days', began + interval '90 days', seen + interval '14 days', seen + interval '14 days'
    from generate_series(1, 2600) n,
         lateral (select now() - interval '1 day' * power(random(), 1.4) as began,
                         case when n % 100 < 62
                              then ($1::text[])[1 + least(floor(random() * 16), floor(random() * 16))::int] end as who) as one,
         lateral (select began + (now() - began) * power(random(), 0.3) as seen) as last"#;

/// What would have been read every five minutes of a day. What was deleted is counted backwards from what PostgreSQL
/// has counted by now.
const READINGS: &str = r#"
    insert into dashboard_example.sessions_history (at, live, signed_in, anonymous, deleted)
    select date_bin('5 minutes', now(), '2000-01-01') - n * interval '5 minutes',
           2600 * (0.72 + 0.28 * cos(n * 2 * pi() / 288)) + 18 * sin(n / 4.0),
           9 + 6 * cos(n * 2 * pi() / 288) + random() * 4,
           14 + 9 * cos(n * 2 * pi() / 288) + random() * 6,
           by_now.deleted - sum(23 + 14 * cos((n + 30) * 2 * pi() / 288) + random() * 8) over (order by n)
    from generate_series(1, 288) n,
         lateral (select pg_stat_get_tuples_deleted('dashboard_example.sessions'::regclass) as deleted) as by_now"#;

pub(crate) async fn plant(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("truncate dashboard_example.sessions_history").execute(pool).await?;
    sqlx::query(SESSIONS).bind(NAMES.as_slice()).bind(BROWSERS.as_slice()).execute(pool).await?;
    sqlx::query(READINGS).execute(pool).await?;
    sqlx::raw_sql("analyze dashboard_example.sessions").execute(pool).await?;
    Ok(())
}
