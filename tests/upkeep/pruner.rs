//! The task that prunes from time to time.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use actix_pg_session::Pruning;
use tokio::runtime::Handle;

use crate::rows;
use crate::support::gate::until;
use crate::support::store;
use crate::support::story::sessions;

const OFTEN: Pruning = Pruning { every: Duration::from_millis(5), batch: 1000, rest: 1 };

#[tokio::test]
async fn a_round_goes_on_until_no_dead_row_is_left() {
    let store = store().await;
    rows(store.pool(), 2500, "now()", "now()").await;
    let mut pruner = store.start_pruning_with(OFTEN);
    assert_eq!(pruner.next_round().await.sessions, 2500);
    assert_eq!(sessions(store.pool()).await, 0);
    pruner.stop().await;
}

#[tokio::test]
async fn it_survives_a_table_that_is_away_for_a_while() {
    let store = store().await;
    rows(store.pool(), 3, "now()", "now()").await;
    sqlx::query("alter table sessions rename to elsewhere").execute(store.pool()).await.expect("it goes");
    let mut pruner = store.start_pruning_with(OFTEN);
    for _ in 0..3 {
        assert_eq!(pruner.next_round().await.sessions, 0);
    }
    sqlx::query("alter table elsewhere rename to sessions")
        .execute(store.pool())
        .await
        .expect("it comes back");
    until("it prunes again", async || sessions(store.pool()).await == 0).await;
    pruner.stop().await;
}

#[tokio::test]
async fn it_survives_losing_its_connection_in_the_middle_of_a_step() {
    let store = store().await;
    rows(store.pool(), 3, "now()", "now()").await;
    let mut holder = store.pool().begin().await.expect("a transaction");
    sqlx::query("lock table sessions").execute(&mut *holder).await.expect("a lock");
    let mut pruner = store.start_pruning_with(OFTEN);
    crate::support::blocked(store.pool(), 1).await;
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    sqlx::query(cut).execute(store.pool()).await.expect("the connection is cut");
    assert_eq!(pruner.next_round().await.sessions, 0);
    holder.commit().await.expect("the lock is released");
    until("it prunes again", async || sessions(store.pool()).await == 0).await;
    pruner.stop().await;
}

#[tokio::test]
async fn stopping_it_waits_for_no_round_and_neither_that_nor_dropping_it_leaves_a_task_behind() {
    let store = store().await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let seldom = Pruning { every: Duration::from_secs(60 * 60), ..OFTEN };
    store.start_pruning_with(seldom).stop().await;
    drop(store.start_pruning_with(seldom));
    let mut pruner = store.start_pruning_with(OFTEN);
    pruner.next_round().await;
    drop(pruner);
    until("its tasks end", async || tasks() == before).await;
}

#[tokio::test]
async fn a_wait_without_end_is_no_panic() {
    let store = store().await;
    // Each draws the length of its first wait, so one alone might be lucky.
    for _ in 0..20 {
        let mut pruner = store.start_pruning_with(Pruning { every: Duration::MAX, ..OFTEN });
        tokio::task::yield_now().await;
        let mut round = pin!(pruner.next_round());
        let poll = round.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending(), "a pruner that has ended has no next round to wait for");
    }
}

#[tokio::test]
async fn stopping_it_in_the_middle_of_a_long_round_ends_the_round_after_the_step() {
    let store = store().await;
    rows(store.pool(), 50, "now()", "now()").await;
    let mut holder = store.pool().begin().await.expect("a transaction");
    sqlx::query("lock table sessions").execute(&mut *holder).await.expect("a lock");
    let pruner = store.start_pruning_with(Pruning { batch: 1, ..OFTEN });
    crate::support::blocked(store.pool(), 1).await;
    let stopping = tokio::spawn(pruner.stop());
    // The word is given before the task first waits for its end.
    tokio::task::yield_now().await;
    holder.commit().await.expect("the lock is released");
    stopping.await.expect("it stops");
    assert_eq!(sessions(store.pool()).await, 49);
}

#[tokio::test]
async fn a_rest_between_two_steps_ends_with_the_word_to_stop() {
    let store = store().await;
    rows(store.pool(), 50, "now()", "now()").await;
    // Four thousand million times as long as a step takes.
    let pruner = store.start_pruning_with(Pruning { batch: 10, rest: u32::MAX, ..OFTEN });
    until("the first step is done", async || sessions(store.pool()).await == 40).await;
    pruner.stop().await;
    assert_eq!(sessions(store.pool()).await, 40);
}
