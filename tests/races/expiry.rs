//! A session that has expired and that nobody has pruned yet.

use std::time::Duration;

use crate::support::{count, elapse};
use crate::{go_on, in_flight, sessions, visited_site};

const IDLE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

#[tokio::test]
async fn an_expired_row_is_no_session_to_anybody() {
    for verb in ["", "get=a", "set=b:2", "incr=n", "touch", "renew", "login=alice", "logout"] {
        let (_site, mut browser, pool) = visited_site().await;
        elapse(&pool, IDLE).await;
        let before: String = fingerprint(&pool).await;
        let reply = browser.get(&format!("/?get=a&owner&{verb}")).await;
        assert!(reply.body.starts_with("nothing\nnobody"), "{verb}: {reply:?}");
        assert_eq!(fingerprint(&pool).await, before, "{verb} leaves the expired row as it is");
    }
}

#[tokio::test]
async fn a_session_that_expires_during_a_request_is_absent_to_its_save() {
    for verb in ["set=b:2", "incr=n", "touch", "renew"] {
        let (site, browser, pool) = visited_site().await;
        let slow = in_flight(&site, &browser, &format!("/?wait&{verb}")).await;
        elapse(&pool, IDLE).await;
        let before = fingerprint(&pool).await;
        go_on(&site, slow).await.leaves_the_cookie_alone();
        assert_eq!(fingerprint(&pool).await, before, "{verb} leaves the expired row as it is");
        assert_eq!(sessions(&pool).await, 1);
    }
}

#[tokio::test]
async fn the_cookie_of_an_expired_session_leads_to_a_fresh_one() {
    let (_site, mut browser, pool) = visited_site().await;
    let old = browser.cookie().expect("a cookie").to_owned();
    elapse(&pool, IDLE).await;
    let reply = browser.get("/?set=b:2").await;
    assert_ne!(reply.new_cookie(), old);
    assert_eq!(browser.get("/?get=a&get=b").await.body, "nothing\n\"2\"");
}

#[tokio::test]
async fn a_session_lives_until_its_last_second() {
    let (_site, mut browser, pool) = visited_site().await;
    elapse(&pool, IDLE - Duration::from_secs(60)).await;
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
    // Reading so late counts as use.
    elapse(&pool, IDLE - Duration::from_secs(60)).await;
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
}

#[tokio::test]
async fn no_use_carries_a_session_past_its_deadline() {
    let (_site, mut browser, pool) = visited_site().await;
    for _ in 0..9 {
        elapse(&pool, Duration::from_secs(10 * 24 * 60 * 60 - 60)).await;
        assert_eq!(browser.get("/?get=a&touch").await.body, "\"1\"");
    }
    assert_eq!(count(&pool, "select count(*) from sessions where expires_at = deadline").await, 1);
    elapse(&pool, Duration::from_secs(10 * 60)).await;
    assert_eq!(browser.get("/?get=a").await.body, "nothing");
}

/// Everything in the expired rows.
async fn fingerprint(pool: &sqlx::PgPool) -> String {
    sqlx::query_scalar(
        "select coalesce(string_agg(s::text, ','), '') from sessions s where expires_at <= now()",
    )
    .fetch_one(pool)
    .await
    .expect("the rows can be read")
}
