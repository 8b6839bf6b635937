//! An administrator deletes rows in psql, while the visitor is busy.

use crate::support::{self, blocked};
use crate::{go_on, in_flight, lock, sessions, visited_site};

#[tokio::test]
async fn a_request_that_began_before_a_revocation_saves_nothing() {
    for write in ["set=a:2", "incr=n", "touch", "renew"] {
        let (site, browser, pool) = visited_site().await;
        let slow = in_flight(&site, &browser, &format!("/?wait&{write}")).await;
        sqlx::query("delete from sessions").execute(&pool).await.expect("a revocation");
        go_on(&site, slow).await.leaves_the_cookie_alone();
        assert_eq!(sessions(&pool).await, 0, "after {write}");
    }
}

#[tokio::test]
async fn a_save_waits_for_a_revocation_under_way_and_does_as_it_decides() {
    for is_meant in [true, false] {
        let (_site, browser, pool) = visited_site().await;
        let mut revocation = pool.begin().await.expect("a transaction");
        sqlx::query("delete from sessions").execute(&mut *revocation).await.expect("a revocation");
        let save = browser.send("/?set=a:2");
        blocked(&pool, 1).await;
        let end = if is_meant { revocation.commit().await } else { revocation.rollback().await };
        end.expect("the lock is released");
        let reply = save.await.expect("a reply");
        assert_eq!((reply.status, reply.cookie.is_some()), (200, !is_meant));
        assert_eq!(sessions(&pool).await, i64::from(!is_meant));
    }
}

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
async fn a_revocation_during_a_request_that_saves_in_the_middle_is_final() {
    let (site, browser, pool) = visited_site().await;
    let slow = in_flight(&site, &browser, "/?set=a:2&save&wait&set=a:3").await;
    sqlx::query("delete from sessions").execute(&pool).await.expect("a revocation");
    assert_eq!(go_on(&site, slow).await.status, 200);
    assert_eq!(sessions(&pool).await, 0);
}

#[tokio::test]
async fn pruning_waits_for_nobody_and_a_touch_that_came_first_saves_the_row() {
    let (_site, browser, pool) = visited_site().await;
    // Due to be looked at, though not expired.
    sqlx::query("update sessions set purge_at = now()").execute(&pool).await.expect("a due row");
    let row = lock(&pool).await;
    let touch = browser.send("/?touch");
    blocked(&pool, 1).await;
    let pruning = support::count(&pool, "select pruned from prune_sessions()");
    assert_eq!(support::gate::at_once(pruning).await, 0);
    row.commit().await.expect("the lock is released");
    assert_eq!(touch.await.expect("a reply").status, 200);
    assert_eq!(support::count(&pool, "select pruned from prune_sessions()").await, 0);
    assert_eq!(sessions(&pool).await, 1);
}

#[tokio::test]
async fn a_touch_that_comes_after_pruning_does_not_bring_the_row_back() {
    let (site, browser, pool) = visited_site().await;
    let slow = in_flight(&site, &browser, "/?wait&touch").await;
    support::elapse(&pool, std::time::Duration::from_secs(15 * 24 * 60 * 60)).await;
    assert_eq!(support::count(&pool, "select pruned from prune_sessions()").await, 1);
    go_on(&site, slow).await.leaves_the_cookie_alone();
    assert_eq!(sessions(&pool).await, 0);
}

#[tokio::test]
async fn a_touch_that_waits_for_pruning_to_commit_does_not_bring_the_row_back() {
    let (site, browser, pool) = visited_site().await;
    let slow = in_flight(&site, &browser, "/?wait&touch").await;
    support::elapse(&pool, std::time::Duration::from_secs(15 * 24 * 60 * 60)).await;
    let mut pruning = pool.begin().await.expect("a transaction");
    sqlx::query("select prune_sessions()").execute(&mut *pruning).await.expect("pruning");
    let touch = tokio::spawn(async move { go_on(&site, slow).await });
    // The row has expired, so the touch need not even wait for the one that deletes it.
    touch.await.expect("a reply").leaves_the_cookie_alone();
    pruning.commit().await.expect("pruning ends");
    assert_eq!(sessions(&pool).await, 0);
}
