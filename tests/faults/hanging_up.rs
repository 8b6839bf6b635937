//! The client goes away while its request is being saved.
//!
//! A statement that was sent comes to its end whatever happens to the one who sent it, so each save
//! here needs more of them than the one that is under way when the client hangs up: the row is
//! changed under it, and it has to read again and try again.

use sqlx::PgPool;

use crate::support::gate::until;
use crate::support::http::Browser;
use crate::support::site::Site;
use crate::support::story::{lock, sessions, visited_site};
use crate::support::{blocked, count};

#[derive(Clone, Copy, Debug)]
enum Farewell {
    /// The connection is closed in good order.
    Fin,
    /// It is reset, as by a dying process or an impatient proxy.
    Reset,
}

/// Sends a request, and hangs up while its save waits for a row.
async fn hang_up_in_the_middle(
    site: &Site,
    browser: &Browser,
    pool: &PgPool,
    path: &str,
    farewell: Farewell,
) {
    let mut row = lock(pool).await;
    let connection = browser.dial(path).await;
    blocked(pool, 1).await;
    if let Farewell::Reset = farewell {
        connection.set_zero_linger().expect("the connection can be reset");
    }
    drop(connection);
    site.gate.wait_for_abandoned().await;
    sqlx::query("update sessions set version = version + 1")
        .execute(&mut *row)
        .await
        .expect("another writer");
    row.commit().await.expect("the lock is released");
}

#[tokio::test]
async fn a_save_that_has_begun_completes() {
    for farewell in [Farewell::Fin, Farewell::Reset] {
        let (site, mut browser, pool) = visited_site().await;
        hang_up_in_the_middle(&site, &browser, &pool, "/?incr=n", farewell).await;
        until("it is saved", async || count(&pool, "select count(data -> 'n') from sessions").await == 1)
            .await;
        assert_eq!(browser.get("/?get=a&get=n").await.body, "\"1\"\n1", "after {farewell:?}");
    }
}

#[tokio::test]
async fn a_sign_in_that_has_begun_completes_and_the_old_id_is_dead() {
    for farewell in [Farewell::Fin, Farewell::Reset] {
        let (site, mut browser, pool) = visited_site().await;
        hang_up_in_the_middle(&site, &browser, &pool, "/?incr=n&login=alice", farewell).await;
        until("she is signed in", async || count(&pool, "select count(owner) from sessions").await == 1)
            .await;
        assert_eq!(sessions(&pool).await, 1);
        assert_eq!(browser.get("/?get=a&owner").await.body, "nothing\nnobody", "after {farewell:?}");
    }
}

#[tokio::test]
async fn a_save_in_the_middle_of_a_handler_completes_too() {
    for farewell in [Farewell::Fin, Farewell::Reset] {
        let (site, mut browser, pool) = visited_site().await;
        hang_up_in_the_middle(&site, &browser, &pool, "/?incr=n&save&set=b:2", farewell).await;
        until("it is saved", async || count(&pool, "select count(data -> 'n') from sessions").await == 1)
            .await;
        // What the handler had not got to was not to be saved.
        assert_eq!(browser.get("/?get=n&get=b").await.body, "1\nnothing", "after {farewell:?}");
    }
}

#[tokio::test]
async fn whoever_hangs_up_before_the_handler_is_through_has_saved_nothing() {
    for farewell in [Farewell::Fin, Farewell::Reset] {
        let (site, mut browser, _) = visited_site().await;
        let connection = browser.dial("/?set=b:2&wait").await;
        site.gate.wait_for(1).await;
        if let Farewell::Reset = farewell {
            connection.set_zero_linger().expect("the connection can be reset");
        }
        drop(connection);
        site.gate.wait_for_abandoned().await;
        assert_eq!(browser.get("/?get=a&get=b").await.body, "\"1\"\nnothing", "after {farewell:?}");
    }
}
