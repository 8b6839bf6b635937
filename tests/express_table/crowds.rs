//! Many at once, and what it costs.

use std::time::{Duration, Instant};

use actix_pg_session::test_util::Browser;
use actix_pg_session::{Session, SessionMiddleware};
use actix_web::{App, HttpResponse, web};
use sqlx::{AssertSqlSafe, PgPool};

use crate::counter::{SID, application, ask, node_sets, on, run, store, table, text, visitor};
use crate::support;
use crate::support::site::SECRET;

/// An id that has ended here stays ended for the grace, whoever inserts it again.
#[actix_web::test]
async fn a_session_that_node_brings_back_is_ended_for_as_long_as_we_remember_its_end() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .resave(false)
        .save_uninitialized(false)
        .late_grace(Duration::from_secs(600))
        .build();
    let browser = visitor(&on(sessions.expect("the options go together")).await, SID);
    node_sets(&pool, SID, r#""user":"ann""#, "UTC").await;
    browser.get("/?logout").await.assert_status(200);
    // A request of Node's that was under way saves what it had.
    node_sets(&pool, SID, r#""user":"ann""#, "UTC").await;
    assert_eq!(browser.get("/?get=user").await.body, "nothing");
}

#[actix_web::test]
async fn a_late_sign_out_ends_the_renewed_session_though_node_has_brought_the_old_one_back() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .resave(false)
        .late_grace(Duration::from_secs(600))
        .build();
    let application = on(sessions.expect("the options go together")).await;
    let browser = visitor(&application, SID);
    node_sets(&pool, SID, r#""user":"ann""#, "UTC").await;
    let late = visitor(&application, SID);
    browser.get("/?renew").await.assert_status(200);
    node_sets(&pool, SID, r#""user":"ann""#, "UTC").await;
    late.get("/?logout").await.assert_status(200);
    assert_eq!(browser.get("/?get=user").await.body, "nothing");
}

#[actix_web::test]
async fn a_mark_that_has_expired_makes_room_for_the_next() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .resave(false)
        .late_grace(Duration::from_secs(600))
        .build();
    let browser = visitor(&on(sessions.expect("the options go together")).await, SID);
    node_sets(&pool, SID, "", "UTC").await;
    browser.get("/?logout").await.assert_status(200);
    // The grace passes, nobody prunes, Node brings the session back, and the visitor signs out again.
    run(&pool, "update session set expire = expire - interval '1 hour'").await;
    node_sets(&pool, SID, "", "UTC").await;
    browser.get("/?logout").await.assert_status(200);
    let marks: i64 = ask(
        &pool,
        "select count(*) from session where sid like 'ended:%' and expire > now() at time zone 'UTC'",
    )
    .await;
    assert_eq!(marks, 1);
}

async fn transactions(pool: &PgPool) -> i64 {
    run(pool, "select pg_stat_force_next_flush()").await;
    ask(pool, "select xact_commit from pg_stat_database where datname = current_database()").await
}

/// A page of forty parts, each of which counts as use.
#[actix_web::test]
async fn forty_requests_at_once_cost_about_forty_touches() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    let own = sqlx::postgres::PgPoolOptions::new()
        .max_connections(40)
        .min_connections(40)
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("connections");
    let browser = visitor(&application(store(&own).await).await, SID);
    // Every connection has its statements prepared.
    futures_util::future::join_all((0..40).map(|_| browser.get("/")).collect::<Vec<_>>()).await;
    let before = transactions_of(&own, &pool).await;
    let begin = Instant::now();
    futures_util::future::join_all((0..40).map(|_| browser.get("/")).collect::<Vec<_>>()).await;
    let took = begin.elapsed();
    let statements = transactions_of(&own, &pool).await - before;
    // A load, a read and a write for each; twice that would be generous.
    assert!(statements <= 240, "{statements} statements for 40 requests, in {took:?}");
}

/// Lets every connection of `of` tell what it did, and reads the sum.
async fn transactions_of(of: &PgPool, pool: &PgPool) -> i64 {
    let mut all = Vec::new();
    for _ in 0..40 {
        all.push(of.acquire().await.expect("a connection"));
    }
    for connection in &mut all {
        sqlx::raw_sql("select pg_stat_force_next_flush()").execute(&mut **connection).await.expect("flushed");
    }
    drop(all);
    transactions(pool).await
}

/// A session until the browser closes has no time in its text: a touch has nothing to write there.
#[actix_web::test]
async fn a_touch_that_changes_no_text_writes_none() {
    let pool = table("").await;
    let big: String =
        ask(&pool, "select string_agg(md5(n::text), '') from generate_series(1, 30000) as n").await;
    node_sets(&pool, SID, &format!(r#""big":"{big}""#), "UTC").await;
    run(
        &pool,
        r#"update session set sess = regexp_replace(sess::text, '^\{"cookie":\{[^}]*\}',
            '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}')::json"#,
    )
    .await;
    let sessions =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().resave(false).build();
    let browser = visitor(&on(sessions.expect("the options go together")).await, SID);
    let place = large_value(&pool).await;
    let end = "select expire::text from session";
    let before: String = ask(&pool, end).await;
    run(&pool, "update session set expire = expire - interval '1 minute'").await;
    browser.get("/").await.assert_status(200);
    assert!(ask::<String>(&pool, end).await >= before, "the touch has moved the end");
    assert_eq!(large_value(&pool).await, place, "the JSON was written again");
}

/// Where PostgreSQL keeps the one value that is too large for its row.
async fn large_value(pool: &PgPool) -> Vec<i64> {
    let toast: String =
        ask(pool, "select reltoastrelid::regclass::text from pg_class where oid = 'session'::regclass").await;
    let sql = format!("select distinct chunk_id::int8 from {toast}");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.expect("chunks")
}

/// A role that may read and not write: row level security lets updates find nothing, without an error.
#[actix_web::test]
async fn a_row_that_can_be_read_and_not_written_is_an_error_and_no_endless_loop() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    run(
        &pool,
        "create function keep() returns trigger language plpgsql as 'begin return null; end';
        create trigger keep before update on session for each row execute function keep()",
    )
    .await;
    let build = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .store_timeout(Duration::from_secs(2))
        .build();
    let browser = visitor(&on(build.expect("the options go together")).await, SID);
    let before = transactions(&pool).await;
    browser.get("/?set=a:1").await;
    actix_web::rt::time::sleep(Duration::from_secs(2)).await;
    let statements = transactions(&pool).await - before;
    assert!(statements < 100, "{statements} statements for one request");
}

/// Two hundred requests that each store a value of their own: nobody's reason to wait for anybody else.
#[actix_web::test]
async fn two_hundred_saves_at_once_are_all_answered() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    let wide = sqlx::postgres::PgPoolOptions::new()
        .max_connections(100)
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("connections");
    // A slow machine is not what this is about.
    let sessions = SessionMiddleware::builder(store(&wide).await, SECRET)
        .express_defaults()
        .store_timeout(support::gate::PATIENCE)
        .build();
    let browser = visitor(&on(sessions.expect("the options go together")).await, SID);
    let all = (0..200).map(|n| browser.get(&format!("/?set=n{n}:{n}"))).collect::<Vec<_>>();
    for reply in futures_util::future::join_all(all).await {
        reply.assert_status(200);
    }
    let row = text(&pool, SID).await;
    assert!((0..200).all(|n| row.contains(&format!("\"n{n}\":\"{n}\""))), "a save was lost");
}

/// A value as deep as Node writes it, before and after a save of Node's during the request.
#[actix_web::test]
async fn values_as_deep_as_node_writes_them_do_not_end_the_process() {
    if std::env::var_os("R26_CHILD").is_none() {
        // An overflow of the stack ends the process, so it happens in another one.
        let child = std::process::Command::new(std::env::current_exe().expect("a path"))
            .args(["--exact", "values_as_deep_as_node_writes_them_do_not_end_the_process"])
            .env("R26_CHILD", "1")
            .output()
            .expect("the child runs");
        assert!(child.status.success(), "{}: {}", child.status, String::from_utf8_lossy(&child.stderr));
        return;
    }
    async fn page(session: Session, gate: web::Data<support::gate::Gate>) -> actix_web::Result<HttpResponse> {
        gate.pass().await;
        session.reload().await?;
        Ok(HttpResponse::Ok().finish())
    }
    let pool = table("").await;
    let deep = |inner: &str| format!(r#""deep":{}{inner}{}"#, "[".repeat(DEPTH), "]".repeat(DEPTH));
    node_sets(&pool, SID, &deep("1"), "UTC").await;
    let gate = web::Data::new(support::gate::Gate::default());
    let build =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().resave(false).build();
    let app = App::new().app_data(gate.clone()).wrap(build.expect("built")).route("/", web::get().to(page));
    let browser = visitor(&Browser::new(app).await, SID);
    let reply = actix_web::rt::spawn(browser.get("/"));
    gate.wait_for(1).await;
    node_sets(&pool, SID, &deep(if std::env::var_os("R26_SAME").is_some() { "1" } else { "2" }), "UTC").await;
    gate.open(1);
    reply.await.expect("a reply").assert_status(200);
}

const DEPTH: usize = 3000;
