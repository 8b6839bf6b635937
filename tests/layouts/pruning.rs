//! Pruning in every layout, by the function and by single statements.

use actix_pg_session::Pruned;
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::count;
use crate::support::place::Place;
use crate::{DISTRIBUTED, PARTITIONED};

/// So many sessions that end and are to be looked at then, by seconds from now.
async fn rows(pool: &PgPool, many: u32, ends: i32, due: i32) {
    let sql = format!(
        "insert into sessions (key, idle_timeout, expires_at, purge_at)
        select sha256(gen_random_uuid()::text::bytea), '1h',
               now() + make_interval(secs => {ends}), now() + make_interval(secs => {due})
        from generate_series(1, {many})"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.expect("rows");
}

#[tokio::test]
async fn dead_rows_go_batch_by_batch_and_live_ones_are_filed_under_their_end() {
    for layout in [PARTITIONED, DISTRIBUTED] {
        let place = Place::new(layout).await;
        let pool = place.pool().await;
        let store = place.store(pool.clone());
        rows(&pool, 5, -10, -10).await;
        rows(&pool, 3, 3600, -20).await;
        rows(&pool, 2, 3600, 3600).await;
        sqlx::query("insert into sessions_ended (key, until) values ('a', now()), ('b', now() + '1h')")
            .execute(&pool)
            .await
            .expect("marks");

        assert_eq!(
            store.prune(4).await.expect("it prunes"),
            Pruned { sessions: 1, more: true },
            "{layout:?}"
        );
        let due = "select count(*) from sessions where purge_at <= now()";
        assert_eq!(count(&pool, due).await, 4, "{layout:?}");
        assert_eq!(store.prune(10).await.expect("it prunes"), Pruned { sessions: 4, more: false });
        assert_eq!(store.prune(10).await.expect("it prunes"), Pruned { sessions: 0, more: false });
        assert_eq!(store.prune(0).await.expect("it prunes"), Pruned { sessions: 0, more: false });
        assert_eq!(count(&pool, "select count(*) from sessions where purge_at = expires_at").await, 5);
        assert_eq!(count(&pool, "select count(*) from sessions_ended").await, 1);
    }
}

#[tokio::test]
async fn while_another_process_prunes_nothing_is_done() {
    for layout in [PARTITIONED, DISTRIBUTED] {
        let place = Place::new(layout).await;
        let pool = place.pool().await;
        let (store, other) = (place.store(pool.clone()), place.store(place.pool().await));
        rows(&pool, 5, -10, -10).await;
        let mut busy = pool.begin().await.expect("a transaction");
        let schema: String =
            sqlx::query_scalar("select current_schema()").fetch_one(&pool).await.expect("a name");
        sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(format!("\"{schema}\".\"sessions\""))
            .execute(&mut *busy)
            .await
            .expect("the lock of whoever prunes");
        assert_eq!(store.prune(10).await.expect("an answer"), Pruned { sessions: 0, more: false });
        busy.commit().await.expect("it is done");
        let (one, another) = tokio::join!(store.prune(10), other.prune(10));
        assert_eq!(one.expect("an answer").sessions + another.expect("an answer").sessions, 5, "{layout:?}");
    }
}

#[tokio::test]
async fn a_pruner_at_work_keeps_at_it_until_nothing_is_left() {
    for layout in [PARTITIONED, DISTRIBUTED] {
        let place = Place::new(layout).await;
        let pool = place.pool().await;
        rows(&pool, 50, -10, -10).await;
        let pruning =
            actix_pg_session::Pruning { every: std::time::Duration::from_millis(20), batch: 7, rest: 0 };
        let mut pruner = place.store(pool.clone()).start_pruning_with(pruning);
        let mut gone = 0;
        while gone < 50 {
            gone += crate::support::gate::at_once(pruner.next_round()).await.sessions;
        }
        pruner.stop().await;
        assert_eq!(count(&pool, "select count(*) from sessions").await, 0, "{layout:?}");
    }
}
