//! `expire` is a local time of Node's connections: which zone they have is found, said, or refused.

use actix_pg_session::ExpressStore;
use sqlx::{AssertSqlSafe, PgPool};

use crate::counter::{HOUR, application, ask, node_sets, table, visitor};

/// Before UTC and after it, with and without summer time, at whole hours and not.
const ZONES: [&str; 4] = ["Asia/Kathmandu", "America/New_York", "Europe/Berlin", "UTC"];

async fn set_for_database(pool: &PgPool, zone: &str) {
    let name: String = ask(pool, "select current_database()::text").await;
    let set = format!("alter database {name} set timezone = '{zone}'");
    sqlx::query(AssertSqlSafe(set)).execute(pool).await.expect("the zone is set");
}

async fn refusal(pool: &PgPool, zone: Option<&str>) -> String {
    let mut builder = ExpressStore::builder(pool.clone());
    if let Some(zone) = zone {
        builder = builder.time_zone(zone);
    }
    builder.build().await.expect_err("a refusal").to_string()
}

/// How many seconds a row has left to somebody whose connection has this zone.
async fn left_for_node(pool: &PgPool, zone: &str) -> f64 {
    let sql = format!("select extract(epoch from expire at time zone '{zone}' - now())::float8 from session");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("one row")
}

#[actix_web::test]
async fn a_session_has_the_same_time_left_for_node_and_for_us_in_every_zone() {
    for zone in ZONES {
        for is_configured in [true, false] {
            let pool = table("").await;
            let mut builder = ExpressStore::builder(pool.clone());
            if is_configured {
                builder = builder.time_zone(zone);
            } else {
                set_for_database(&pool, zone).await;
            }
            let store = builder.build().await.expect("the zone is settled");
            assert_eq!(store.time_zone(), Some(zone));
            let browser = application(store).await;

            browser.get("/?set=a:1").await.assert_status(200);
            let left = left_for_node(&pool, zone).await;
            assert!((3_500.0..=3_602.0).contains(&left), "{zone}: {left} s for Node");

            let sid = "sid-of-node-sid-of-node-sid-of-node";
            sqlx::query("delete from session").execute(&pool).await.expect("an empty table");
            node_sets(&pool, sid, r#""a":"node's""#, zone).await;
            let age = visitor(&browser, sid).get("/?age").await.body;
            let (_, left) = age.split_once(' ').expect("two numbers");
            let left: u64 = left.parse().expect("a number");
            assert!((3_500..=3_602).contains(&left), "{zone}: {left} s for us");
        }
    }
}

#[actix_web::test]
async fn a_role_s_own_zone_goes_before_the_database_s() {
    let pool = table("").await;
    set_for_database(&pool, "Europe/Berlin").await;
    let name: String = ask(&pool, "select current_database()::text").await;
    let set = format!("alter role current_user in database {name} set timezone = 'Asia/Tokyo'");
    sqlx::query(AssertSqlSafe(set)).execute(&pool).await.expect("the zone is set");
    let store = ExpressStore::builder(pool).build().await.expect("the zone is found");
    assert_eq!(store.time_zone(), Some("Asia/Tokyo"));
}

#[actix_web::test]
async fn a_zone_that_the_rows_contradict_is_refused_with_the_difference() {
    let pool = table("").await;
    for n in 0..3 {
        node_sets(&pool, &format!("session number {n} of a visitor of Node"), "", "Asia/Kathmandu").await;
    }
    let error = refusal(&pool, Some("UTC")).await;
    assert!(error.contains("+05:45 off") && error.contains("`time_zone`"), "{error}");
    // The same where it was found instead of given.
    set_for_database(&pool, "America/New_York").await;
    let error = refusal(&pool, None).await;
    assert!(error.contains("off") && error.contains("America/New_York"), "{error}");
    ExpressStore::builder(pool).time_zone("Asia/Kathmandu").build().await.expect("the right one is taken");
}

#[actix_web::test]
async fn rows_that_node_has_only_touched_since_do_not_testify() {
    let pool = table("").await;
    for n in 0..5 {
        node_sets(&pool, &format!("session number {n} of a visitor of Node"), "", "UTC").await;
    }
    sqlx::query("update session set expire = expire + interval '31 minutes 7 seconds'")
        .execute(&pool)
        .await
        .expect("touches");
    ExpressStore::builder(pool).time_zone("UTC").build().await.expect("nobody contradicts");
}

#[actix_web::test]
async fn a_zone_that_nobody_knows_is_refused_by_name() {
    let error = refusal(&table("").await, Some("Middle/Earth")).await;
    assert!(error.contains("Middle/Earth") && error.contains("pg_timezone_names"), "{error}");
}

#[actix_web::test]
async fn a_role_that_may_not_read_the_server_s_configuration_must_say_the_zone() {
    let pool = table("").await;
    let name: String = ask(&pool, "select current_database()::text").await;
    let role = format!("reader_of_{name}");
    let statements = format!("create role {role}; grant select on session to {role}");
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&pool).await.expect("a role with few rights");
    let few_rights = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .after_connect(move |connection, _| {
            let set = format!("set session authorization {role}");
            Box::pin(async move { sqlx::query(AssertSqlSafe(set)).execute(connection).await.map(drop) })
        })
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("a connection");
    let error = refusal(&few_rights, None).await;
    assert!(error.contains("cannot tell") && error.contains("`time_zone`"), "{error}");
    ExpressStore::builder(few_rights).time_zone("UTC").build().await.expect("said, it is taken");
}

#[actix_web::test]
async fn an_instant_needs_no_zone() {
    let pool = table("alter table session alter expire type timestamptz").await;
    set_for_database(&pool, "Asia/Kathmandu").await;
    node_sets(&pool, "session of a visitor of Node, in Kathmandu", "", "Asia/Kathmandu").await;
    let store = ExpressStore::builder(pool.clone()).build().await.expect("nothing to settle");
    assert_eq!(store.time_zone(), None);
    sqlx::query("delete from session").execute(&pool).await.expect("an empty table");
    application(store).await.get("/?set=a:1").await.assert_status(200);
    let left: f64 = ask(&pool, "select extract(epoch from expire - now())::float8 from session").await;
    assert!((HOUR.as_secs_f64() - 100.0..=HOUR.as_secs_f64() + 2.0).contains(&left), "{left}");
}

/// Two hundred visitors who have only read since they signed in, at times that have nothing to do with
/// each other; connect-pg-simple has moved the column and not the JSON. All in the right zone.
#[actix_web::test]
async fn rows_that_were_touched_do_not_keep_the_application_from_starting() {
    let mut refused = Vec::new();
    let pool = table("").await;
    for trial in 0..20_u64 {
        crate::counter::run(&pool, "delete from session").await;
        for n in 0..200 {
            node_sets(&pool, &format!("session number {n:03} of a visitor of Node"), "", "UTC").await;
        }
        // Seconds since the sign-in, up to eight hours: a plain linear congruence, so that runs repeat.
        let mut seed = trial.wrapping_mul(7_919) + 17;
        for n in 0..200 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let seconds = 60 + (seed >> 33) % 28_800;
            crate::counter::run(
                &pool,
                &format!(
                    "update session set expire = expire + make_interval(secs => {seconds})
                    where sid = 'session number {n:03} of a visitor of Node'"
                ),
            )
            .await;
        }
        let built = ExpressStore::builder(pool.clone()).time_zone("UTC").build().await;
        refused.extend(built.err().map(|error| error.to_string()));
    }
    assert!(refused.is_empty(), "{} of 20 starts refused, e.g. {}", refused.len(), refused[0]);
}

/// `postgres -c timezone=…`, as a container is started; sessions are yet to come, so no row testifies.
#[actix_web::test]
async fn a_zone_from_the_server_s_command_line_is_found_or_asked_for() {
    let cluster =
        xtask::postgres::Cluster::ephemeral_with(&[("timezone", "Asia/Kathmandu")]).expect("a server");
    let pool = crate::support::pool_on(&cluster.url("postgres")).await;
    crate::counter::run(&pool, crate::support::CONNECT_PG_SIMPLE).await;
    match ExpressStore::builder(pool.clone()).build().await {
        Ok(store) => assert_eq!(store.time_zone(), Some("Asia/Kathmandu")),
        Err(error) => assert!(error.to_string().contains("`time_zone`"), "{error}"),
    }
}
