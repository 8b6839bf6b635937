//! The sessions that are visited, made in SQL, and their cookies.

use std::error::Error;

use actix_pg_session::PostgresStore;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What all cookies are signed with.
pub(crate) const SECRET: &str = "a secret of the benchmarks, of thirty-two bytes";

/// Makes so many live sessions of about 300 bytes, seen just now, and answers their cookies.
pub(crate) async fn make(url: &str, how_many: u32) -> Result<Vec<String>, Box<dyn Error>> {
    let store = PostgresStore::connect(url).await?;
    store.migrate().await?;
    let mut connection = store.pool().acquire().await?;
    sqlx::query("set statement_timeout = 0").execute(&mut *connection).await?;
    sqlx::query(
        "insert into sessions (key, data, owner, idle_timeout, deadline, expires_at, purge_at)
        select sha256(convert_to(format('session-number-%s-of-the-benchmarks', lpad(n::text, 8, '0')), 'UTF8')),
            jsonb_build_object('name', 'visitor ' || n, 'csrf', md5(n::text), 'count', 0,
                'cart', jsonb_build_array(n, n + 1, n + 2), 'note', repeat('x', 120)),
            'owner ' || n, '14 days', now() + interval '90 days', now() + interval '14 days',
            now() + interval '14 days'
        from generate_series(1, $1) n",
    )
    .bind(i32::try_from(how_many)?)
    .execute(&mut *connection)
    .await?;
    sqlx::query("vacuum analyze sessions").execute(&mut *connection).await?;
    (1..=how_many).map(cookie).collect()
}

fn cookie(n: u32) -> Result<String, Box<dyn Error>> {
    let id = format!("session-number-{n:08}-of-the-benchmarks");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?;
    mac.update(id.as_bytes());
    let mac = STANDARD_NO_PAD.encode(mac.finalize().into_bytes());
    Ok(format!("sid=s%3A{id}.{}", mac.replace('+', "%2B").replace('/', "%2F")))
}
