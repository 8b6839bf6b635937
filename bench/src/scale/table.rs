//! Tables full of sessions, and the ids to visit them by.

use std::sync::Arc;

use actix_pg_session::{PostgresStore, SessionId};
use sqlx::{AssertSqlSafe, PgPool};

use super::Result;
use super::layout::Layout;

pub(super) struct Table {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) layout: Layout,
    pub(super) store: PostgresStore,
    /// Of its live rows.
    pub(super) ids: Arc<Vec<SessionId>>,
}

/// Rows that one statement makes.
const AT_A_TIME: usize = 10_000;

impl Table {
    /// A table of live sessions.
    pub(super) async fn plant(pool: &PgPool, layout: Layout, rows: usize) -> Result<Self> {
        Self::plant_among(pool, layout, rows, 0).await
    }

    /// A table of live sessions, evenly mixed with such as expired in the last two weeks, the earliest
    /// first: what is left when nobody has pruned for that long.
    pub(super) async fn plant_among(
        pool: &PgPool,
        layout: Layout,
        live: usize,
        expired: usize,
    ) -> Result<Self> {
        let name = format!("{}_{live}_{expired}", layout.title());
        let store = layout.make(pool, &name).await?;
        let mut ids = Vec::with_capacity(live);
        let all = live + expired;
        println!("planting {all} rows, {}", layout.title());
        for first in (0..all).step_by(AT_A_TIME) {
            let last = (first + AT_A_TIME).min(all);
            let (until, since) = (share(live, last, all), share(live, first, all));
            let fresh = fresh(until - since)?;
            let owners = (all / 4).max(1) as f64;
            insert(pool, &name, &keys(&fresh), 1.0, owners).await?;
            let dead = fresh_keys(last - first - (until - since))?;
            // Below zero: has expired.
            let age = 1.0 - last as f64 / all as f64;
            insert(pool, &name, &dead, -age - 1e-6, owners).await?;
            ids.extend(fresh);
        }
        vacuum(pool, &name).await?;
        let title = format!("{} {}", count(live), layout.title());
        Ok(Self { name, title, layout, store, ids: Arc::new(ids) })
    }
}

/// How many of the `live` are among the first `n` of `all`.
fn share(live: usize, n: usize, all: usize) -> usize {
    (live as u128 * n as u128 / all as u128) as usize
}

pub(super) fn fresh(how_many: usize) -> Result<Vec<SessionId>> {
    Ok((0..how_many).map(|_| SessionId::generate()).collect::<std::result::Result<_, _>>()?)
}

fn fresh_keys(how_many: usize) -> Result<Vec<[u8; 32]>> {
    Ok(keys(&fresh(how_many)?))
}

fn keys(ids: &[SessionId]) -> Vec<[u8; 32]> {
    ids.iter().map(|id| *id.digest().as_bytes()).collect()
}

/// About 300 bytes each. A fifth are of nobody; of the owners, a few have hundreds of sessions and most have
/// a handful.
async fn insert(
    pool: &PgPool,
    table: &str,
    keys: &[[u8; 32]],
    fortnights_left: f64,
    owners: f64,
) -> Result<()> {
    let sql = format!(
        "insert into {table} (key, data, owner, idle_timeout, created_at, seen_at, deadline, expires_at, purge_at)
        select key,
            jsonb_build_object('name', 'visitor ' || n, 'csrf', md5(n::text), 'count', 0,
                'cart', jsonb_build_array(n, n + 1, n + 2), 'note', repeat('x', 120)),
            case when n % 5 > 0 then 'owner ' || floor(power(random(), 2) * $2) end,
            '14 days', ends - interval '14 days', ends - interval '14 days', ends + interval '76 days', ends, ends
        from unnest($1::bytea[]) with ordinality as given (key, n),
            lateral (select now() + (14 * $3) * interval '1 day' + n * interval '1 microsecond' as ends) as life"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(keys).bind(owners).bind(fortnights_left).execute(pool).await?;
    Ok(())
}

pub(super) async fn vacuum(pool: &PgPool, table: &str) -> Result<()> {
    sqlx::query(AssertSqlSafe(format!("vacuum analyze {table}"))).execute(pool).await?;
    Ok(())
}

/// `10 k`, `10 M`.
pub(super) fn count(rows: usize) -> String {
    match rows {
        n if n % 1_000_000 == 0 => format!("{} M", n / 1_000_000),
        n if n % 1_000 == 0 => format!("{} k", n / 1_000),
        n => n.to_string(),
    }
}
