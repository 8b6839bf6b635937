//! The database says no: it has no connection left, or no time.

use std::time::Duration;

use actix_pg_session::PostgresStore;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use xtask::postgres::Cluster;

use crate::network::at_rest;
use crate::support::gate::until;
use crate::support::http::Browser;
use crate::support::site::Plan;
use crate::support::story::{lock, visited, visited_site};
use crate::support::{count, pool_on};

/// Sets it for connections that begin from now on, and ends those that are there.
async fn set_for_all(pool: &PgPool, setting: &str) {
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(pool).await.expect("a name");
    let sql = format!("alter database {name} set {setting}");
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.expect("it is set");
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
    count(pool, cut).await;
}

#[tokio::test]
async fn a_save_that_the_server_stops_for_its_length_or_its_waiting_is_a_refusal_and_nothing_happened() {
    for setting in ["statement_timeout = '100ms'", "lock_timeout = '100ms'"] {
        let (_site, mut browser, pool) = visited_site().await;
        set_for_all(&pool, setting).await;
        let row = lock(&pool).await;
        for page in ["/?set=a:2", "/?renew", "/?logout", "/?login=alice"] {
            browser.get(page).await.is_refusal();
        }
        row.commit().await.expect("the lock is released");
        assert_eq!(browser.get("/?get=a&owner").await.body, "\"1\"\nnobody", "with {setting}");
    }
}

#[tokio::test]
async fn connections_that_the_server_ends_because_they_rest_are_missed_by_nobody() {
    let (_site, mut browser, pool) = visited(at_rest).await;
    set_for_all(&pool, "idle_session_timeout = '50ms'").await;
    let patient = (*pool.connect_options()).clone().options([("idle_session_timeout", "0")]);
    pool.close().await;
    let pool = PgPoolOptions::new().max_connections(1).connect_with(patient).await.expect("a connection");
    for n in 1..5 {
        assert_eq!(browser.get("/?get=a&incr=n&get=n").await.body, format!("\"1\"\n{n}"));
        let others = "select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
        until("they are gone", async || count(&pool, others).await == 0).await;
    }
}

#[tokio::test]
async fn while_the_server_has_no_connection_left_visitors_are_refused_and_known_afterwards() {
    let server = Cluster::ephemeral_with(&[("max_connections", "12")]).expect("a server");
    server
        .psql("postgres", "create role app login password 'app'; grant all on schema public to app")
        .expect("a role");
    let url = server.url("postgres");
    let app = format!("postgres://app:app@{}", url.split_once('@').expect("a user").1);
    let store = PostgresStore::new(pool_on(&app).await);
    store.migrate().await.expect("the migrations apply");
    store.pool().close().await;
    let site = Plan::on(&app).sessions(|b| b.store_timeout(Duration::from_secs(2))).start().await;
    let mut browser = Browser::new(&site);
    browser.get("/?set=a:1").await.new_cookie();

    let mut taken = Vec::new();
    while let Ok(connection) = PgConnection::connect(&app).await {
        taken.push(connection);
    }
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where usename = 'app' and pid <> all(string_to_array('PIDS', ',')::int[])";
    let mut pids = Vec::new();
    for connection in &mut taken {
        let pid: i32 =
            sqlx::query_scalar("select pg_backend_pid()").fetch_one(connection).await.expect("a number");
        pids.push(pid.to_string());
    }
    let cut = cut.replace("PIDS", &pids.join(","));
    until("the site has none", async || server.psql("postgres", &cut).expect("an answer") == "0").await;
    while let Ok(connection) = PgConnection::connect(&app).await {
        taken.push(connection);
    }
    for page in ["/?get=a", "/?set=a:2"] {
        browser.get(page).await.is_refusal();
    }
    drop(taken);
    until("the site is well again", async || browser.get("/?get=a").await.body == "\"1\"").await;
}

/// What was planned before somebody changed the table is planned anew.
#[tokio::test]
async fn a_table_that_is_changed_under_the_site_makes_no_difference() {
    let (site, mut browser, pool) = visited(|plan| plan).await;
    let changes = [
        "alter table sessions add column note text",
        "alter table sessions alter column note set default 'none'",
        "create index on sessions (note)",
        "alter table sessions drop column note",
        "vacuum full sessions",
        "alter table sessions add column kind int not null default 1",
        "drop view active_sessions; alter table sessions alter column owner type varchar(500)",
    ];
    for (n, change) in changes.into_iter().enumerate() {
        browser.get("/?login=alice&incr=n").await.new_cookie();
        Browser::new(&site).get("/?set=a:1").await.new_cookie();
        sqlx::raw_sql(change).execute(&pool).await.expect(change);
        assert_eq!(browser.get("/?get=a&owner").await.body, "\"1\"\nalice", "after {change}");
        assert_eq!(browser.get("/?get=n").await.body, (n + 1).to_string(), "after {change}");
    }
}
