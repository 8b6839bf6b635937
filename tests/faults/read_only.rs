//! The database takes no writes: a failover that has got half way, or maintenance.

use sqlx::{AssertSqlSafe, PgPool};

use crate::support::http::Browser;
use crate::support::site::{Plan, Site};
use crate::support::story::{sessions, visited_site};
use crate::support::{elapse, migrated, pool_on};

/// Makes this database read-only, or no longer.
pub(crate) async fn read_only(pool: &PgPool, yes: bool) {
    from_now_on_read_only(pool, yes).await;
    // Existing connections would not notice.
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
    sqlx::query(cut).execute(pool).await.expect("connections are cut");
}

/// Makes new connections to this database read-only, or no longer.
pub(crate) async fn from_now_on_read_only(pool: &PgPool, yes: bool) {
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(pool).await.expect("a name");
    let sql = format!("alter database {name} set default_transaction_read_only = {yes}");
    // Our own connection may be a read-only one.
    let mut connection = pool.acquire().await.expect("a connection");
    for sql in ["set default_transaction_read_only = off".to_owned(), sql] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *connection).await.expect("the setting is changed");
    }
}

#[tokio::test]
async fn reading_works_writing_is_refused_and_nothing_is_lost() {
    let (site, mut browser, pool) = visited_site().await;
    read_only(&pool, true).await;
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
    for write in ["/?set=a:2", "/?incr=n", "/?renew", "/?login=alice", "/?logout", "/?set=a:2&save"] {
        browser.get(write).await.is_refusal();
    }
    Browser::new(&site).get("/?set=a:1").await.is_refusal();
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");

    read_only(&pool, false).await;
    assert_eq!(browser.get("/?get=a&set=b:2").await.body, "\"1\"");
    assert_eq!(browser.get("/?get=b").await.body, "\"2\"");
    assert_eq!(sessions(&pool).await, 1);
}

#[tokio::test]
async fn a_page_is_not_refused_because_its_reading_cannot_be_noted() {
    let (_site, mut browser, pool) = visited_site().await;
    // By now a touch is due.
    elapse(&pool, std::time::Duration::from_secs(6 * 60)).await;
    read_only(&pool, true).await;
    let reply = browser.get("/?get=a").await;
    reply.leaves_the_cookie_alone();
    assert_eq!(reply.body, "\"1\"");
    read_only(&pool, false).await;
    browser.get("/?get=a").await.new_cookie();
}

#[tokio::test]
async fn a_site_that_starts_on_a_read_only_database_migrates_nothing_and_serves() {
    let url = migrated().await;
    let pool = pool_on(&url).await;
    read_only(&pool, true).await;
    let site: Site = Plan::on(&url).start().await;
    Browser::new(&site).get("/?get=a").await.leaves_the_cookie_alone();
    Browser::new(&site).get("/?set=a:1").await.is_refusal();
}
