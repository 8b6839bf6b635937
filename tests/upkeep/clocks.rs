//! Time zones of the server, of a user, of a connection: none of them moves an expiry.
//!
//! That the application's clock is not asked at all is checked by clippy; see `clippy.toml`.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool};

use crate::support::http::Browser;
use crate::support::site::{Plan, Site};
use crate::support::story::sessions;
use crate::support::{count, elapse, migrated, pool_on};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Before UTC and after it, both far enough to end or revive a session by mistake.
const ZONES: [&str; 3] = ["Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati"];

/// A site whose database has this zone, and, if asked, whose connections insist on it.
async fn in_zone(zone: &'static str, insists: bool) -> (Site, Browser, PgPool) {
    let url = migrated().await;
    let pool = pool_on(&url).await;
    let name: String =
        sqlx::query_scalar("select current_database()").fetch_one(&pool).await.expect("a name");
    let set = format!("alter database {name} set timezone = '{zone}'");
    sqlx::query(AssertSqlSafe(set)).execute(&pool).await.expect("the zone is set");
    let mut plan = Plan::on(&url).sessions(|b| b.max_age(Duration::from_secs(7200)));
    if insists {
        plan = plan.pool(move |pool| {
            pool.after_connect(move |connection, _| {
                let set = format!("set timezone = '{zone}'");
                Box::pin(async move { sqlx::query(AssertSqlSafe(set)).execute(connection).await.map(drop) })
            })
        });
    }
    let site = plan.start().await;
    let browser = Browser::new(&site);
    (site, browser, pool)
}

#[tokio::test]
async fn in_every_time_zone_a_session_lives_as_long_as_it_was_given() {
    for (zone, insists) in ZONES.into_iter().flat_map(|zone| [(zone, false), (zone, true)]) {
        let (_site, mut browser, pool) = in_zone(zone, insists).await;
        browser.get("/?set=a:1").await.new_cookie();
        let exact = "select count(*) from sessions where expires_at = created_at + interval '7200 seconds'
            and deadline = created_at + interval '7776000 seconds'";
        assert_eq!(count(&pool, exact).await, 1, "{zone}");

        let age = browser.get("/?age").await.body;
        let (created, left) = age.split_once(' ').expect("two numbers");
        let stored = count(&pool, "select floor(extract(epoch from created_at))::bigint from sessions").await;
        assert_eq!(created, stored.to_string(), "{zone}");
        let left: u64 = left.parse().expect("a number");
        assert!((7100..=7200).contains(&left), "{zone}: {left}");

        elapse(&pool, Duration::from_secs(7000)).await;
        assert_eq!(browser.get("/?get=a").await.body, "\"1\"", "{zone}");
        elapse(&pool, Duration::from_secs(7000)).await;
        sqlx::query("select prune_sessions()").execute(&pool).await.expect("pruning");
        assert_eq!(browser.get("/?get=a").await.body, "\"1\"", "{zone}: that it was read counted");
        elapse(&pool, Duration::from_secs(7300)).await;
        assert_eq!(browser.get("/?get=a").await.body, "nothing", "{zone}");
        assert_eq!(count(&pool, "select pruned from prune_sessions()").await, 1, "{zone}");
        assert_eq!(sessions(&pool).await, 0, "{zone}");
    }
}

#[tokio::test]
async fn a_late_request_is_late_for_ten_seconds_in_every_time_zone() {
    for zone in ZONES {
        let (_site, mut browser, pool) = in_zone(zone, true).await;
        browser.get("/?set=a:1").await.new_cookie();
        let mut late = browser.clone();
        browser.get("/?renew").await.new_cookie();
        late.get("/?set=b:2").await.leaves_the_cookie_alone();
        elapse(&pool, Duration::from_secs(11)).await;
        late.get("/?set=b:2").await.new_cookie();
    }
}

#[tokio::test]
async fn a_year_on_the_database_s_clock_is_a_year_whatever_the_application_s_clock_says() {
    let (_site, mut browser, pool) = in_zone("UTC", false).await;
    browser.get("/?set=a:1").await.new_cookie();
    elapse(&pool, 365 * DAY).await;
    assert_eq!(browser.get("/?get=a").await.body, "nothing");

    // And a database whose clock is a year ahead of the application's is no less believed.
    let mut browser = browser.with_cookie(String::new());
    browser.get("/?set=a:2").await.new_cookie();
    sqlx::query(
        "update sessions set created_at = created_at + interval '1 year', seen_at = seen_at + interval '1 year',
            deadline = deadline + interval '1 year', expires_at = expires_at + interval '1 year'
         where expires_at > now()",
    )
    .execute(&pool)
    .await
    .expect("rows that come from the future");
    assert_eq!(browser.get("/?get=a&touch").await.body, "\"2\"");
    let kept = "select count(*) from sessions where expires_at > now() + interval '360 days'";
    assert_eq!(count(&pool, kept).await, 1, "a touch takes nothing away");
}

/// A database whose clock is so far from everybody else's: what tells the time in this crate's statements are other
/// functions.
async fn with_a_clock_of_its_own(away: &'static str) -> (Site, Browser, PgPool) {
    let url = migrated().await;
    let pool = pool_on(&url).await;
    let clock = format!(
        "create schema clock;
         create function clock.now() returns timestamptz language sql stable
             as $$ select pg_catalog.now() + interval '{away}' $$;
         create function clock.statement_timestamp() returns timestamptz language sql stable
             as $$ select pg_catalog.statement_timestamp() + interval '{away}' $$"
    );
    sqlx::raw_sql(AssertSqlSafe(clock)).execute(&pool).await.expect("a clock");
    let plan = Plan::on(&url).sessions(|b| b.max_age(Duration::from_secs(7200)).absolute_lifetime(None));
    let plan = plan.pool(|pool| {
        pool.after_connect(|connection, _| {
            let set = "set search_path = clock, pg_catalog, public";
            Box::pin(async move { sqlx::query(set).execute(connection).await.map(drop) })
        })
    });
    let site = plan.start().await;
    let browser = Browser::new(&site);
    (site, browser, pool)
}

#[tokio::test]
async fn only_the_databases_clock_tells_what_has_expired() {
    for away in ["-365 days", "365 days"] {
        let (_site, mut browser, pool) = with_a_clock_of_its_own(away).await;
        browser.get("/?set=a:1").await.new_cookie();
        let there = format!(
            "select count(*) from sessions
             where abs(extract(epoch from expires_at - pg_catalog.now() - interval '{away}')) <= 7200"
        );
        let there: i64 = sqlx::query_scalar(AssertSqlSafe(there)).fetch_one(&pool).await.expect("a number");
        assert_eq!(there, 1, "{away}: it is this clock that counts");
        assert_eq!(browser.get("/?get=a").await.body, "\"1\"", "{away}");
        browser.get("/?set=b:2&get=a").await;
        elapse(&pool, Duration::from_secs(7300)).await;
        assert_eq!(browser.get("/?get=a").await.body, "nothing", "{away}");
    }
}
