//! An administrator deletes rows while a renewal puts another row in the place of one of them.

use crate::support::place::Place;
use crate::support::story::visited_in;
use crate::support::{blocked, count};
use crate::{LAYOUT, go_on, in_flight, lock, sessions, visited_site};

#[tokio::test]
async fn a_revocation_that_waits_for_a_renewal_to_commit_ends_the_renewed_session() {
    for change in ["renew", "login=alice"] {
        let (_site, mut browser, pool) = visited_site().await;
        browser.get("/?login=alice").await.new_cookie();
        let row = lock(&pool).await;
        let renewal = browser.send(&format!("/?{change}"));
        blocked(&pool, 1).await;
        let revocation = tokio::spawn({
            let pool = pool.clone();
            async move { sqlx::query("delete from sessions where owner = 'alice'").execute(&pool).await }
        });
        blocked(&pool, 2).await;
        row.commit().await.expect("the lock is released");
        renewal.await.expect("a reply");
        revocation.await.expect("it ends").expect("a revocation");
        assert_eq!(sessions(&pool).await, 0, "after {change}");
    }
}

#[tokio::test]
async fn a_revocation_by_handle_that_waits_for_a_renewal_ends_the_renewed_session() {
    let (_site, browser, pool) = visited_site().await;
    let handle: String =
        sqlx::query_scalar("select id::text from sessions").fetch_one(&pool).await.expect("a handle");
    let row = lock(&pool).await;
    let renewal = browser.send("/?renew");
    blocked(&pool, 1).await;
    let revocation = tokio::spawn({
        let pool = pool.clone();
        async move { sqlx::query("delete from sessions where id = $1::uuid").bind(handle).execute(&pool).await }
    });
    blocked(&pool, 2).await;
    row.commit().await.expect("the lock is released");
    renewal.await.expect("a reply");
    revocation.await.expect("it ends").expect("a revocation");
    assert_eq!(sessions(&pool).await, 0);
}

/// It has the new row before the old one, and the renewal must not wait for it.
#[tokio::test]
async fn a_renewal_gives_way_to_a_revocation_that_has_its_new_row() {
    let (_site, browser, pool) = visited_site().await;
    let row = lock(&pool).await;
    let renewal = browser.send("/?renew");
    blocked(&pool, 1).await;
    let mut revocation = pool.begin().await.expect("a transaction");
    sqlx::query("delete from sessions where expires_at = '-infinity'")
        .execute(&mut *revocation)
        .await
        .expect("the reserved row");
    let rest = tokio::spawn(async move {
        sqlx::query("delete from sessions").execute(&mut *revocation).await.expect("the old row");
        revocation.commit().await.expect("a revocation");
    });
    blocked(&pool, 2).await;
    row.commit().await.expect("the lock is released");
    rest.await.expect("it is not the victim of a deadlock");
    renewal.await.expect("a reply").leaves_the_cookie_alone();
    assert_eq!(sessions(&pool).await, 0);
}

#[tokio::test]
async fn a_renewal_whose_new_row_was_pruned_by_hand_makes_another() {
    let (_site, mut browser, pool) = visited_site().await;
    let row = lock(&pool).await;
    let renewal = browser.send("/?renew");
    blocked(&pool, 1).await;
    sqlx::query("delete from sessions where expires_at <= now()").execute(&pool).await.expect("it prunes");
    row.commit().await.expect("the lock is released");
    browser.keep(&renewal.await.expect("a reply"));
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
    assert_eq!(sessions(&pool).await, 1);
}

#[tokio::test]
async fn a_reserved_row_is_nobodys_session_and_is_pruned_when_nobody_came_back_to_it() {
    let place = Place::on_this_server(LAYOUT).await;
    let pool = place.pool().await;
    sqlx::query(
        "insert into sessions (key, owner, idle_timeout, expires_at, purge_at)
        values ('reserved', 'alice', '0', '-infinity', now() + interval '1 hour')",
    )
    .execute(&pool)
    .await
    .expect("a row");
    assert_eq!(count(&pool, "select count(*) from active_sessions").await, 0);
    let store = place.store(pool.clone());
    assert_eq!(store.prune(10).await.expect("it prunes").sessions, 0);
    crate::support::elapse(&pool, std::time::Duration::from_secs(3601)).await;
    assert_eq!(store.prune(10).await.expect("it prunes").sessions, 1);
}

#[tokio::test]
async fn a_request_that_began_before_a_revocation_saves_nothing() {
    for write in ["set=a:2", "incr=n", "touch", "renew"] {
        let (site, browser, pool) = visited_in(LAYOUT, |plan| plan).await;
        let slow = in_flight(&site, &browser, &format!("/?wait&{write}")).await;
        sqlx::query("delete from sessions").execute(&pool).await.expect("a revocation");
        go_on(&site, slow).await.leaves_the_cookie_alone();
        assert_eq!(sessions(&pool).await, 0, "after {write}");
    }
}
