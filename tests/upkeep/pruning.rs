//! One step of pruning.

use std::time::Duration;

use actix_pg_session::Pruned;

use crate::rows;
use crate::support::gate::at_once;
use crate::support::story::{sessions, visited_site};
use crate::support::{count, elapse, store};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn only_dead_rows_go() {
    let store = store().await;
    let pool = store.pool();
    rows(pool, 3, "now() - interval '1 second'", "now() - interval '1 second'").await;
    rows(pool, 5, "now() + interval '1 hour'", "now() + interval '1 hour'").await;
    assert_eq!(store.prune(1000).await.expect("it prunes"), Pruned { sessions: 3, more: false });
    assert_eq!(sessions(pool).await, 5);
}

#[tokio::test]
async fn a_row_is_dead_from_the_very_instant_that_it_expires_at() {
    let store = store().await;
    // Within one transaction `now()` stands still.
    let mut instant = store.pool().begin().await.expect("a transaction");
    sqlx::query(
        "insert into sessions (key, idle_timeout, expires_at, purge_at)
         values ('dead', '1h', now(), now()), ('live', '1h', now() + interval '1 microsecond', now())",
    )
    .execute(&mut *instant)
    .await
    .expect("rows");
    let active: i64 = sqlx::query_scalar("select count(*) from active_sessions")
        .fetch_one(&mut *instant)
        .await
        .expect("the view");
    let pruned: i64 = sqlx::query_scalar("select pruned from prune_sessions()")
        .fetch_one(&mut *instant)
        .await
        .expect("pruning");
    let left: Vec<Vec<u8>> =
        sqlx::query_scalar("select key from sessions").fetch_all(&mut *instant).await.expect("rows");
    assert_eq!((active, pruned, left), (1, 1, vec![b"live".to_vec()]));
}

#[tokio::test]
async fn a_row_that_was_used_since_is_filed_under_its_new_date() {
    let (_site, mut browser, pool) = visited_site().await;
    elapse(&pool, 13 * DAY).await;
    browser.get("/?get=a").await.new_cookie();
    // Without that visit it would have ended by now.
    elapse(&pool, 2 * DAY).await;
    assert_eq!(count(&pool, "select pruned from prune_sessions()").await, 0);
    assert_eq!(count(&pool, "select count(*) from sessions where purge_at = expires_at").await, 1);
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
}

#[tokio::test]
async fn of_two_who_prune_at_once_one_does_nothing_and_does_not_wait() {
    let store = store().await;
    rows(store.pool(), 3, "now()", "now()").await;
    let mut other = store.pool().begin().await.expect("a transaction");
    sqlx::query("select prune_sessions(1)").execute(&mut *other).await.expect("pruning");
    assert_eq!(at_once(store.prune(1000)).await.expect("an answer"), Pruned { sessions: 0, more: false });
    other.commit().await.expect("it ends");
    assert_eq!(store.prune(1000).await.expect("it prunes"), Pruned { sessions: 2, more: false });
}

#[tokio::test]
async fn a_row_that_somebody_holds_is_left_for_another_time() {
    let store = store().await;
    rows(store.pool(), 3, "now()", "now()").await;
    let mut holder = store.pool().begin().await.expect("a transaction");
    sqlx::query("select from sessions limit 1 for update").execute(&mut *holder).await.expect("a lock");
    assert_eq!(at_once(store.prune(1000)).await.expect("it prunes").sessions, 2);
    holder.commit().await.expect("the lock is released");
    assert_eq!(store.prune(1000).await.expect("it prunes").sessions, 1);
}

#[tokio::test]
async fn five_thousand_dead_rows_go_a_thousand_at_a_time() {
    let store = store().await;
    rows(store.pool(), 5000, "now()", "now()").await;
    let mut steps = Vec::new();
    loop {
        let step = store.prune(1000).await.expect("it prunes");
        steps.push(step.sessions);
        if !step.more {
            break;
        }
    }
    assert_eq!(steps, [1000, 1000, 1000, 1000, 1000, 0]);
}

#[tokio::test]
async fn ids_that_ended_are_forgotten_a_while_later() {
    let (_site, mut browser, pool) = visited_site().await;
    browser.get("/?renew").await.new_cookie();
    sqlx::query("select prune_sessions()").execute(&pool).await.expect("pruning");
    assert_eq!(count(&pool, "select count(*) from sessions_ended").await, 1);
    elapse(&pool, Duration::from_secs(11)).await;
    sqlx::query("select prune_sessions()").execute(&pool).await.expect("pruning");
    assert_eq!(count(&pool, "select count(*) from sessions_ended").await, 0);
}

#[tokio::test]
async fn a_batch_of_nothing_is_no_work_without_end() {
    let store = store().await;
    rows(store.pool(), 3, "now()", "now()").await;
    assert_eq!(store.prune(0).await.expect("an answer"), Pruned { sessions: 0, more: false });
}
