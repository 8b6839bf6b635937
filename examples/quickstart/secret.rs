//! The secret that signs the cookies.

use std::error::Error;

use sqlx::PgPool;

/// `SESSION_SECRET`, which is where it belongs: `openssl rand -base64 48` makes one.
///
/// For the demonstration only: without one, a secret is made at the first start and kept in the
/// database, so that cookies outlive a restart. Somebody who reads it there still cannot name a
/// session: the ids are in no table, only their digests.
pub(crate) async fn secret(pool: &PgPool) -> Result<String, Box<dyn Error>> {
    if let Ok(secret) = std::env::var("SESSION_SECRET") {
        return Ok(secret);
    }
    sqlx::raw_sql(
        "create table if not exists quickstart_secret (
            secret text not null,
            only_one boolean primary key default true check (only_one)
        );
        -- Two random uuids are 244 bits of PostgreSQL's strong randomness.
        insert into quickstart_secret (secret)
        values (gen_random_uuid()::text || gen_random_uuid()::text)
        on conflict do nothing",
    )
    .execute(pool)
    .await?;
    Ok(sqlx::query_scalar("select secret from quickstart_secret").fetch_one(pool).await?)
}
