//! How many there are, and how the table is doing.

use std::time::Duration;

use actix_pg_session::admin::{Census, Counted};

use crate::LAYOUTS;
use crate::planted::Planted;
use crate::support::gate::until;

#[tokio::test]
async fn a_small_table_is_counted_by_kind() {
    for layout in LAYOUTS {
        let planted = Planted::none(layout).await;
        planted
            .insert(
                "('ann', null, 'Chrome', 10, '{}'), ('ben', null, 'Chrome', 10, '{}'), (null, null, 'curl', 10, '{}'),
                 ('ann', null, 'curl', 100000, '{}')",
            )
            .await;
        let Census { live, signed_in, expired, kinds, is_estimate, .. } =
            planted.admin.census().await.expect("numbers");
        assert_eq!((live, signed_in, expired, is_estimate), (3, 2, Counted::Exactly(1), false), "{layout:?}");
        assert_eq!((kinds[0].user_agent.as_deref(), kinds[0].sessions), (Some("Chrome"), 2));
        assert_eq!((kinds[1].signed_in, kinds[1].sessions), (false, 1));
    }
}

#[tokio::test]
async fn a_large_table_is_estimated_and_the_estimate_says_so() {
    for layout in [LAYOUTS[0], LAYOUTS[1]] {
        let planted = Planted::none(layout).await;
        // More than 64 MB, which are counted.
        let rows = "insert into sessions (key, owner, data, idle_timeout, expires_at, purge_at)
            select sha256(n::text::bytea), case when n % 4 > 0 then 'ann' end,
                   jsonb_build_object('a', (select string_agg(md5((n * 100 + m)::text), '') from generate_series(1, 28) m)),
                   '1 h', now() + '1 h', now() + '1 h'
            from generate_series(1, 80000) n";
        sqlx::raw_sql(rows).execute(&planted.pool).await.expect("rows");
        sqlx::raw_sql(
            "update sessions set expires_at = now() - interval '1 h', purge_at = now() - interval '1 h'
             where key in (select key from sessions limit 100); analyze sessions",
        )
        .execute(&planted.pool)
        .await
        .expect("some expire");
        let census = planted.admin.census().await.expect("numbers");
        assert!(census.is_estimate);
        assert_eq!(census.expired, Counted::Exactly(100));
        assert!((75_000..85_000).contains(&census.live), "{}", census.live);
        assert!((50_000..70_000).contains(&census.signed_in), "{}", census.signed_in);

        let health = planted.admin.health().await.expect("an answer");
        assert!((75_000..85_000).contains(&health.rows), "{health:?}");
        assert!(health.table_bytes > 64 << 20 && health.index_bytes > 4 << 20, "{health:?}");
        assert!(health.pruning_lag.as_secs() >= 3590, "{health:?}");
    }
}

#[tokio::test]
async fn health_tells_what_keeps_vacuum_from_its_work() {
    for layout in LAYOUTS {
        let planted = Planted::many(layout, 30).await;
        let mut old = planted.pool.begin().await.expect("a transaction");
        sqlx::raw_sql("set local application_name = 'forgotten report'")
            .execute(&mut *old)
            .await
            .expect("a name");
        until("the transaction shows", async || {
            let health = planted.admin.health().await.expect("an answer");
            health.oldest_transaction.is_some_and(|(_, whose)| whose.contains("forgotten report"))
        })
        .await;
        old.rollback().await.expect("it ends");

        sqlx::raw_sql("delete from sessions").execute(&planted.pool).await.expect("they end");
        until("the books know of the dead rows", async || {
            planted.admin.health().await.expect("an answer").dead >= 30
        })
        .await;
        sqlx::raw_sql("vacuum analyze sessions").execute(&planted.pool).await.expect("vacuum");
        until("the books know of the vacuum", async || {
            let health = planted.admin.health().await.expect("an answer");
            health.dead == 0 && health.last_vacuum.is_some()
        })
        .await;
        let health = planted.admin.health().await.expect("an answer");
        let names: Vec<_> = health.indexes.iter().map(|index| index.name.as_str()).collect();
        for name in ["sessions_pkey", "sessions_created_at", "sessions_owner", "sessions_purge_at"] {
            assert!(names.contains(&name), "{layout:?}: {names:?}");
        }
        assert_eq!(names.len(), 4, "those of partitions count as one: {names:?}");
        assert_eq!((health.expired, health.pruning_lag), (Counted::Exactly(0), Duration::ZERO));
    }
}
