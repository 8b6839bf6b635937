//! Sessions of known age, owner and data.

use actix_pg_session::admin::Admin;
use actix_pg_session::{Layout, PostgresStore};
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::place::Place;

/// Sessions in one of the layouts.
pub(crate) struct Planted {
    pub(crate) place: Place,
    pub(crate) pool: PgPool,
    pub(crate) store: PostgresStore,
    pub(crate) admin: Admin,
}

impl Planted {
    /// No session yet.
    pub(crate) async fn none(layout: Layout) -> Self {
        let place = Place::new(layout).await;
        let pool = place.pool().await;
        let store = place.store(pool.clone());
        let admin = store.admin();
        Self { place, pool, store, admin }
    }

    /// As many sessions, the first the oldest: each began a minute before the next, and has its number in its
    /// data, as `n`.
    pub(crate) async fn many(layout: Layout, sessions: u32) -> Self {
        let planted = Self::none(layout).await;
        let ages =
            (0..sessions).map(|n| format!("('ann', null, null, {}, '{{\"n\":{n}}}')", (sessions - n) * 60));
        planted.insert(&ages.collect::<Vec<_>>().join(",")).await;
        planted
    }

    /// Plants rows, given as SQL: owner, ip, user agent, age in seconds, data. Each has been seen when it began, and
    /// lives a day from then.
    pub(crate) async fn insert(&self, rows: &str) {
        let sql = format!(
            "insert into sessions (key, owner, ip, user_agent, data, created_at, seen_at, idle_timeout, expires_at, purge_at)
             select sha256(convert_to(gen_random_uuid()::text, 'UTF8')), owner, ip::inet, user_agent, data::jsonb,
                    began, began, '1 day', began + interval '1 day', began + interval '1 day'
             from (values {rows}) as planted (owner, ip, user_agent, age, data),
                  lateral (select now() - age * interval '1 second' as began) as times"
        );
        sqlx::query(AssertSqlSafe(sql)).execute(&self.pool).await.expect("rows");
    }
}
