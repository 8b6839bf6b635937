//! The `cookie` object and the column say the same, and say what express-session would.

use std::time::Duration;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{ExpressStore, ExpressTouch, Priority, SameSite, Secure, Session, SessionMiddleware};
use actix_web::{App, Result, web};
use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::counter::{SID, application, ask, node_sets, on, sid, store, table, text, visitor};
use crate::support::site::SECRET;

/// How much later the column says that the session ends than the object does, in seconds.
async fn ahead(pool: &PgPool) -> f64 {
    ask(
        pool,
        "select extract(epoch from expire at time zone 'UTC' - (sess -> 'cookie' ->> 'expires')::timestamptz)::float8
        from session",
    )
    .await
}

async fn expires(pool: &PgPool) -> DateTime<Utc> {
    ask(pool, "select (sess -> 'cookie' ->> 'expires')::timestamptz from session").await
}

/// As if the session had last been used so many minutes ago.
async fn minutes_pass(pool: &PgPool, minutes: i32) {
    sqlx::query(
        "update session set
            expire = expire - make_interval(mins => $1),
            sess = jsonb_set(sess::jsonb, '{cookie,expires}', to_jsonb(to_char(
                ((sess -> 'cookie' ->> 'expires')::timestamptz - make_interval(mins => $1)) at time zone 'UTC',
                'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')))::json",
    )
    .bind(minutes)
    .execute(pool)
    .await
    .expect("a row can be moved");
}

#[actix_web::test]
async fn a_new_session_is_written_as_express_session_writes_it() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .max_age(Duration::from_secs(60))
        .same_site(SameSite::Lax)
        .priority(Priority::High)
        .domain("example.com".to_owned())
        .build()
        .expect("the options go together");
    let browser = on(sessions).await;
    let reply = browser.get("/?set=b:1&set=a:2").await;
    let text: String = ask(&pool, "select sess::text from session").await;
    let (before, after) = text.split_once("\"expires\":\"").expect("a time");
    assert_eq!(before, r#"{"cookie":{"originalMaxAge":60000,"priority":"high","#);
    let (time, after) = after.split_at(24);
    assert_eq!(
        after,
        r#"","httpOnly":true,"domain":"example.com","path":"/","sameSite":"lax"},"b":"1","a":"2"}"#
    );
    assert!(time.ends_with('Z') && time.parse::<DateTime<Utc>>().is_ok(), "{time}");
    assert!((0.0..1.0).contains(&ahead(&pool).await), "the column is the object's time, rounded up");
    let line = reply.set_cookies().remove(0);
    assert!(line.contains("; Expires=") && !line.contains("Max-Age"), "{line}");
}

#[actix_web::test]
async fn a_session_until_the_browser_closes_lives_for_the_ttl() {
    let pool = table("").await;
    let build = ExpressStore::builder(pool.clone()).ttl(Duration::from_secs(7200)).build();
    let sessions = SessionMiddleware::builder(build.await.expect("the table is understood"), SECRET);
    let browser = on(sessions.express_defaults().build().expect("the defaults go together")).await;
    let reply = browser.get("/?set=a:1").await;
    assert!(!reply.set_cookies()[0].contains("Expires"));
    let (left, text): (f64, String) = sqlx::query_as(
        "select extract(epoch from expire at time zone 'UTC' - now())::float8, sess::text from session",
    )
    .fetch_one(&pool)
    .await
    .expect("one row");
    assert!((7_100.0..=7_201.0).contains(&left), "{left}");
    assert_eq!(
        text,
        r#"{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"a":"1"}"#
    );
}

/// Whoever asks a session what it has left, before and after it is touched.
async fn time_left(session: Session) -> Result<String> {
    let before = session.max_age().expect("a cookie that lasts");
    session.touch()?;
    let after = session.max_age().expect("a cookie that lasts");
    Ok(format!("{} {}", before.as_secs(), after.as_secs()))
}

#[actix_web::test]
async fn a_session_has_the_time_that_its_row_has_left_until_it_is_touched() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    minutes_pass(&pool, 40).await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().build();
    let app = App::new().wrap(sessions.expect("the defaults go together"));
    let browser = Browser::new(app.route("/", web::get().to(time_left))).await;
    let body = visitor(&browser, SID).get("/").await.body;
    let (before, after) = body.split_once(' ').expect("two numbers");
    let before: u64 = before.parse().expect("a number");
    assert!((1_000..=1_200).contains(&before), "{before} s of twenty minutes");
    assert_eq!(after, "3600");
}

#[actix_web::test]
async fn a_touch_moves_column_and_object_together() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    minutes_pass(&pool, 40).await;
    let before = expires(&pool).await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    browser.get("/").await.assert_status(200);
    let moved = (expires(&pool).await - before).num_seconds();
    assert!((2_399..2_700).contains(&moved), "{moved} s");
    assert!((0.0..1.0).contains(&ahead(&pool).await));
}

#[actix_web::test]
async fn a_touch_of_the_column_leaves_the_object_behind_as_connect_pg_simple_does() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    minutes_pass(&pool, 40).await;
    let before = text(&pool, SID).await;
    let column = ExpressStore::builder(pool.clone()).touch(ExpressTouch::Column).build();
    let browser = visitor(&application(column.await.expect("the table is understood")).await, SID);
    browser.get("/").await.assert_status(200);
    assert_eq!(text(&pool, SID).await, before);
    let ahead = ahead(&pool).await;
    assert!((2_399.0..2_700.0).contains(&ahead), "{ahead} s");
}

#[actix_web::test]
async fn a_lifetime_does_not_drift_however_often_it_is_begun_anew() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    for n in 0..50 {
        browser.get(&format!("/?set=n:{n}")).await.assert_status(200);
        browser.get("/").await.assert_status(200);
    }
    let original: i64 =
        ask(&pool, "select (sess -> 'cookie' ->> 'originalMaxAge')::bigint from session").await;
    assert_eq!(original, 3_600_000);
}

#[actix_web::test]
async fn the_cookie_of_a_session_that_node_began_keeps_the_attributes_that_node_gave_it() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .secure(Secure::Auto)
        .same_site(SameSite::Auto)
        .trust_proxy(true)
        .build()
        .expect("the options go together");
    let browser = on(sessions).await;
    node_sets(&pool, SID, "", "UTC").await;
    sqlx::query(
        r#"update session set sess = replace(sess::text, '"httpOnly":true,"path":"/"',
            '"secure":false,"httpOnly":false,"path":"/","sameSite":"strict"')::json"#,
    )
    .execute(&pool)
    .await
    .expect("other attributes");
    let reply = visitor(&browser, SID).get("/?set=a:1").await;
    let line = reply.set_cookies().remove(0);
    assert!(
        line.contains("SameSite=Strict") && !line.contains("HttpOnly") && !line.contains("Secure"),
        "{line}"
    );
}

#[actix_web::test]
async fn a_session_that_node_has_ended_is_over_here_and_its_id_is_not_used_again() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    browser.get("/?set=a:1").await.assert_status(200);
    let id = sid(&browser);
    sqlx::query("delete from session").execute(&pool).await.expect("a sign-out");
    let reply = browser.get("/?set=b:2").await;
    let rows: i64 = ask(&pool, "select count(*) from session").await;
    assert_eq!(rows, 1, "another session, for a visitor who is nobody yet");
    assert_ne!(sid(&browser), id, "{:?}", reply.set_cookies());
}

#[actix_web::test]
async fn a_session_that_is_over_when_it_is_saved_by_hand_is_gone() {
    use actix_pg_session::{MemoryStore, Session};
    use actix_web::{App, HttpResponse, web};

    async fn page(session: Session) -> actix_web::Result<HttpResponse> {
        session.insert("a", 1)?;
        session.set_max_age(Duration::ZERO)?;
        session.save().await?;
        // Its row has expired, and nothing brings a session back.
        session.set_max_age(Duration::from_secs(60))?;
        session.insert("b", 2)?;
        Ok(HttpResponse::Ok().body(session.get::<u32>("a")?.map_or("gone".into(), |a| a.to_string())))
    }
    let memory = MemoryStore::new();
    let sessions = SessionMiddleware::builder(memory.clone(), SECRET).express_defaults().build();
    let app = App::new().wrap(sessions.expect("the defaults go together")).route("/", web::get().to(page));
    let browser = actix_pg_session::test_util::Browser::new(app).await;
    let reply = browser.get("/").await;
    assert_eq!(reply.body, "gone");
    assert!(reply.set_cookies().is_empty() && memory.is_empty());
}
