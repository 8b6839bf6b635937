//! An application on the table, and Node's side of it in SQL.

use std::time::Duration;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{ExpressStore, PostgresStore, SessionMiddleware, SessionStore};
use actix_web::{App, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::gate::Gate;
use crate::support::script;
use crate::support::site::SECRET;

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// A session of Node's.
pub(crate) const SID: &str = "wYy9GpXnW2cV5kq7mT3rLbZ8sDfH1jNe";

/// The crate's own table, beside the other one.
pub(crate) async fn own_table(pool: &PgPool) -> PostgresStore {
    let own = PostgresStore::new(pool.clone());
    own.migrate().await.expect("the migrations apply");
    own
}

pub(crate) async fn run(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await.expect("the statement");
}

/// How many sessions the crate's own table has.
pub(crate) async fn sessions(pool: &PgPool) -> i64 {
    ask(pool, "select count(*) from sessions").await
}

/// A database with connect-pg-simple's table, changed by `alter`.
pub(crate) async fn table(alter: &'static str) -> PgPool {
    let pool = crate::support::pool().await;
    sqlx::raw_sql(crate::support::CONNECT_PG_SIMPLE).execute(&pool).await.expect("the table");
    sqlx::raw_sql(alter).execute(&pool).await.expect("the other table");
    pool
}

pub(crate) async fn store(pool: &PgPool) -> ExpressStore {
    ExpressStore::builder(pool.clone()).build().await.expect("the table is understood")
}

/// A browser before an application that behaves as Express with `resave: false`,
/// `saveUninitialized: false` and a `maxAge` of an hour.
pub(crate) async fn application(store: impl SessionStore) -> Browser {
    let sessions = SessionMiddleware::builder(store, SECRET)
        .express_defaults()
        .resave(false)
        .save_uninitialized(false)
        .max_age(HOUR)
        .build()
        .expect("the options go together");
    on(sessions).await
}

pub(crate) async fn on(sessions: SessionMiddleware) -> Browser {
    let gate = web::Data::new(Gate::default());
    Browser::new(App::new().app_data(gate).wrap(sessions).configure(script::routes)).await
}

/// The value of the cookie that names this session, signed as Node would.
pub(crate) fn cookie(sid: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    mac.update(sid.as_bytes());
    format!("s:{sid}.{}", STANDARD_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// What connect-pg-simple stores for a session with an hour left, on a connection of this zone.
pub(crate) async fn node_sets(pool: &PgPool, sid: &str, values: &str, zone: &str) {
    let mut transaction = pool.begin().await.expect("a transaction");
    let set = format!("set local timezone = '{zone}'");
    sqlx::query(AssertSqlSafe(set)).execute(&mut *transaction).await.expect("the zone is set");
    let sess = r#"'{"cookie":{"originalMaxAge":3600000,"expires":"'
        || to_char((now() + interval '1 hour') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        || '","httpOnly":true,"path":"/"}' || $2 || '}'"#;
    let sql = format!(
        "insert into session (sess, expire, sid)
        select ({sess})::json, to_timestamp(ceil(extract(epoch from now()) + 3600)), $1
        on conflict (sid) do update set sess = excluded.sess, expire = excluded.expire"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(sid)
        .bind(if values.is_empty() { String::new() } else { format!(",{values}") })
        .execute(&mut *transaction)
        .await
        .expect("what Node stores");
    transaction.commit().await.expect("a commit");
}

/// Another browser, which has the cookie of this session.
pub(crate) fn visitor(browser: &Browser, sid: &str) -> Browser {
    let visitor = browser.another();
    visitor.set_cookie("connect.sid", &cookie(sid));
    visitor
}

/// The JSON of a row.
pub(crate) async fn text(pool: &PgPool, sid: &str) -> String {
    sqlx::query_scalar("select sess::text from session where sid = $1")
        .bind(sid)
        .fetch_one(pool)
        .await
        .expect("the row is there")
}

/// The id in the browser's cookie.
pub(crate) fn sid(browser: &Browser) -> String {
    let cookie = browser.cookie("connect.sid").expect("a cookie");
    let value = cookie.value.strip_prefix("s%3A").expect("a signed value");
    value.rsplit_once('.').expect("a signature").0.to_owned()
}

/// The member that a sign-in here leaves in a session.
pub(crate) fn actix(owner: &str) -> String {
    format!(
        r#""_actix":{{"id":"11111111-1111-8111-8111-111111111111","version":1,"owner":"{owner}","createdAt":"2026-01-01T00:00:00.000Z","seenAt":"2026-01-01T00:00:00.000Z"}}"#
    )
}

/// One value of any type from the database.
pub(crate) async fn ask<T>(pool: &PgPool, sql: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(sql).fetch_one(pool).await.expect(sql)
}
