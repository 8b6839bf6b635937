//! Requests that overlap with one that gives the session a new id.

use crate::support::blocked;
use crate::support::http::CookieMove;
use crate::{go_on, in_flight, lock, sessions, visited_site};

#[tokio::test]
async fn a_save_that_began_before_a_renewal_does_not_bring_the_old_id_back() {
    for write in ["set=b:2", "incr=n", "touch", "renew"] {
        let (site, mut browser, pool) = visited_site().await;
        let mut old = browser.clone();
        let slow = in_flight(&site, &browser, &format!("/?wait&{write}")).await;
        browser.get("/?renew").await.new_cookie();
        go_on(&site, slow).await.leaves_the_cookie_alone();
        assert_eq!(sessions(&pool).await, 1, "after {write}");
        assert_eq!(old.get("/?get=a").await.body, "nothing", "the old id is dead after {write}");
        assert_eq!(browser.get("/?get=a").await.body, "\"1\"", "the new one is not, after {write}");
    }
}

#[tokio::test]
async fn a_save_that_waits_for_a_renewal_to_commit_does_not_bring_the_old_id_back() {
    for write in ["set=b:2", "incr=n", "touch", "renew"] {
        let (_site, mut browser, pool) = visited_site().await;
        let row = lock(&pool).await;
        let renewal = browser.send("/?renew");
        blocked(&pool, 1).await;
        let write = browser.send(&format!("/?{write}"));
        blocked(&pool, 2).await;
        row.commit().await.expect("the lock is released");
        browser.keep(&renewal.await.expect("a reply"));
        write.await.expect("a reply").leaves_the_cookie_alone();
        assert_eq!(sessions(&pool).await, 1);
        assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
    }
}

#[tokio::test]
async fn a_renewal_takes_along_what_is_being_saved() {
    for (write, read, value) in [("set=b:2", "/?get=b", "\"2\""), ("incr=n", "/?get=n", "1")] {
        let (_site, mut browser, pool) = visited_site().await;
        let row = lock(&pool).await;
        let write = browser.send(&format!("/?{write}"));
        blocked(&pool, 1).await;
        let renewal = browser.send("/?renew");
        blocked(&pool, 2).await;
        row.commit().await.expect("the lock is released");
        assert_eq!(write.await.expect("a reply").status, 200);
        browser.keep(&renewal.await.expect("a reply"));
        assert_eq!(browser.get(read).await.body, value);
    }
}

#[tokio::test]
async fn of_twenty_renewals_at_once_one_wins_and_the_others_leave_its_cookie_alone() {
    let (site, mut browser, pool) = visited_site().await;
    let renewals: Vec<_> = (0..20).map(|_| browser.send("/?wait&renew")).collect();
    site.gate.wait_for(20).await;
    site.gate.open(20);
    let mut winners = Vec::new();
    for renewal in renewals {
        let reply = renewal.await.expect("a reply");
        assert_eq!(reply.status, 200);
        winners.extend(reply.cookie.is_some().then_some(reply));
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(sessions(&pool).await, 1);
    browser.keep(&winners[0]);
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
}

#[tokio::test]
async fn a_sign_in_succeeds_even_if_the_session_that_it_began_with_is_gone_by_then() {
    for end in ["logout", "renew", "login=bob", "regenerate"] {
        let (site, browser, _) = visited_site().await;
        let login = in_flight(&site, &browser, "/?wait&login=alice&set=b:2").await;
        browser.clone().get(&format!("/?{end}")).await;
        let reply = go_on(&site, login).await;
        assert!(matches!(reply.cookie, Some(CookieMove::Set(_))), "after {end}: {reply:?}");
        let mut alice = browser.with_cookie(reply.new_cookie());
        // What was in the session that ended stays ended.
        assert_eq!(alice.get("/?owner&get=a&get=b").await.body, "alice\nnothing\n\"2\"", "after {end}");
    }
}

#[tokio::test]
async fn a_sign_in_that_waits_for_a_logout_to_commit_begins_a_session_of_its_own() {
    let (_site, browser, pool) = visited_site().await;
    let row = lock(&pool).await;
    let logout = browser.send("/?logout");
    blocked(&pool, 1).await;
    let login = browser.send("/?login=alice&incr=n");
    blocked(&pool, 2).await;
    row.commit().await.expect("the lock is released");
    logout.await.expect("a reply");
    let reply = login.await.expect("a reply");
    let mut alice = browser.with_cookie(reply.new_cookie());
    assert_eq!(alice.get("/?owner&get=a&get=n").await.body, "alice\nnothing\n1");
}

#[tokio::test]
async fn a_save_that_began_before_a_sign_in_changes_nothing_of_the_session_that_it_began() {
    let (site, mut browser, pool) = visited_site().await;
    let slow = in_flight(&site, &browser, "/?wait&set=a:planted").await;
    browser.get("/?login=alice").await.new_cookie();
    go_on(&site, slow).await.leaves_the_cookie_alone();
    assert_eq!(browser.get("/?owner&get=a").await.body, "alice\n\"1\"");
    assert_eq!(sessions(&pool).await, 1);
}

#[tokio::test]
async fn a_renewal_gets_through_however_many_other_writers_come_first() {
    let (_site, mut browser, pool) = visited_site().await;
    browser.get("/?incr=n").await;
    let mut writer = keep_writers_out(pool.clone()).await;
    let renewal = browser.send("/?incr=n&renew");
    blocked(&pool, 1).await;
    for _ in 0..5 {
        // The next writer stands in line before this one is done, and a table's line is a fair one:
        // each attempt of the renewal meets a writer who was faster.
        let next = tokio::spawn(keep_writers_out(pool.clone()));
        blocked(&pool, 2).await;
        sqlx::query("update sessions set version = version + 1")
            .execute(&mut *writer)
            .await
            .expect("a write");
        writer.commit().await.expect("the lock is released");
        writer = next.await.expect("the lock is taken");
        blocked(&pool, 1).await;
    }
    writer.commit().await.expect("the lock is released");
    let reply = renewal.await.expect("a reply");
    assert_eq!(reply.status, 200, "{reply:?}");
    browser.keep(&reply);
    assert_eq!(browser.get("/?get=n").await.body, "2");
}

async fn keep_writers_out(pool: sqlx::PgPool) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut writer = pool.begin().await.expect("a transaction");
    let lock = "lock table sessions in share row exclusive mode";
    sqlx::query(lock).execute(&mut *writer).await.expect("the lock is taken");
    writer
}
