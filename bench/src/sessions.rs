//! The sessions that are visited in this crate's table, made in SQL, and their cookies.

use std::error::Error;

use actix_pg_session::PostgresStore;

use crate::cookie;

/// Makes so many live sessions of about 300 bytes, seen just now, and answers their cookies.
pub(crate) async fn make(url: &str, how_many: u32) -> Result<Vec<String>, Box<dyn Error>> {
    let store = PostgresStore::connect(url).await?;
    store.migrate().await?;
    let mut connection = store.pool().acquire().await?;
    sqlx::query("set statement_timeout = 0").execute(&mut *connection).await?;
    sqlx::query(
        "insert into sessions (key, data, owner, idle_timeout, deadline, expires_at, purge_at)
        select sha256(convert_to(format('session-number-%s-of-the-benchmarks', lpad(n::text, 8, '0')), 'UTF8')),
            jsonb_build_object('name', 'a visitor', 'csrf', md5(n::text), 'count', 0,
                'cart', jsonb_build_array(1, 2, 3), 'note', repeat('x', 120)),
            'owner ' || n, '14 days', now() + interval '90 days', now() + interval '14 days',
            now() + interval '14 days'
        from generate_series(1, $1) n",
    )
    .bind(i32::try_from(how_many)?)
    .execute(&mut *connection)
    .await?;
    drop(connection);
    store.pool().close().await;
    Ok((1..=how_many).map(|n| cookie::signed(&format!("session-number-{n:08}-of-the-benchmarks"))).collect())
}
