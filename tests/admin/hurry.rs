//! An administrator does not get in the visitors' way.

use std::time::Duration;

use actix_pg_session::admin::{Filter, Position};
use futures_util::future::join_all;

use crate::LAYOUTS;
use crate::planted::Planted;
use crate::support::gate::at_once;
use crate::support::{blocked, count};

#[tokio::test]
async fn a_question_that_takes_too_long_is_given_up_and_says_so() {
    let planted = Planted::many(LAYOUTS[0], 10).await;
    let mut holding = planted.pool.begin().await.expect("a transaction");
    sqlx::raw_sql("lock table sessions").execute(&mut *holding).await.expect("locked");
    let hurried = planted.admin.clone().statement_timeout(Duration::from_millis(50));
    for error in [
        hurried.list(&Filter::new(), Position::Newest, 5).await.expect_err("it waits too long"),
        hurried.census().await.expect_err("it waits too long"),
        hurried.revoke_owner("ann").await.expect_err("it waits too long"),
    ] {
        assert!(error.is_too_slow() && error.to_string().contains("0.05 seconds"), "{error}");
    }
    holding.rollback().await.expect("unlocked");
    assert_eq!(
        hurried.statement_timeout(Duration::from_secs(60)).count(&Filter::new()).await.expect("a number"),
        10
    );
}

#[tokio::test]
async fn however_many_administrators_ask_two_connections_are_used_and_visitors_have_the_others() {
    let planted = Planted::many(LAYOUTS[0], 10).await;
    let mut holding = planted.pool.begin().await.expect("a transaction");
    sqlx::raw_sql("select from sessions for update").execute(&mut *holding).await.expect("locked");
    let admins = (0..20).map(|_| {
        let admin = planted.admin.clone().statement_timeout(Duration::from_secs(3600));
        tokio::spawn(async move { admin.revoke_owner("ann").await })
    });
    let admins: Vec<_> = admins.collect();
    blocked(&planted.pool, 2).await;
    // Eight connections, of which this test holds one.
    let others = join_all((0..5).map(|_| planted.pool.acquire()));
    assert!(at_once(others).await.iter().all(Result::is_ok));
    holding.commit().await.expect("released");
    for admin in admins {
        at_once(admin).await.expect("no panic").expect("done");
    }
    assert_eq!(count(&planted.pool, "select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn what_an_administrator_asks_can_change_nothing() {
    let planted = Planted::many(LAYOUTS[0], 1).await;
    // A function in a view would be one way.
    sqlx::raw_sql(
        "create function meddle() returns boolean language plpgsql as
             'begin delete from sessions; return true; end';
         create policy meddling on sessions using (meddle());
         alter table sessions enable row level security; alter table sessions force row level security;
         create role looker_on login password 'x'; grant all on sessions to looker_on;
         grant execute on function meddle() to looker_on",
    )
    .execute(&planted.pool)
    .await
    .expect("a trap");
    let options: sqlx::postgres::PgConnectOptions = planted.place.url.parse().expect("an address");
    let pool = sqlx::PgPool::connect_lazy_with(options.username("looker_on").password("x"));
    let admin = actix_pg_session::PostgresStore::new(pool).admin();
    let error = admin.count(&Filter::new()).await.expect_err("it would delete");
    assert!(error.to_string().contains("read-only transaction"), "{error}");
    assert_eq!(count(&planted.pool, "select count(*) from sessions").await, 1);
}
