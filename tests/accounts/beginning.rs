//! Transactions that the session begins for the application.

use std::time::Duration;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{MemoryStore, PostgresStore, Session, SessionMiddleware, SessionStore};
use actix_web::web::{self, Path};
use actix_web::{App, Result, error};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::site::{cookie_of, read};
use crate::support::gate::PATIENCE;
use crate::support::site::SECRET;
use crate::support::{count, migrated, pool, pool_on, way};

const AUDIT: &str = "create table audit (who text)";

async fn site(store: impl SessionStore, patience: Duration) -> Browser {
    let sessions = SessionMiddleware::builder(store, SECRET).store_timeout(patience).build();
    let app = App::new()
        .wrap(sessions.expect("the options go together"))
        .route("/login/{owner}", web::get().to(login))
        .route("/change-my-mind", web::get().to(change_my_mind))
        .route("/owner", web::get().to(owner));
    Browser::new(app).await
}

async fn login(session: Session, owner: Path<String>) -> Result<&'static str> {
    let mut transaction = session.begin_transaction().await?;
    let line = sqlx::query("insert into audit values ($1)").bind(owner.clone()).persistent(false);
    line.execute(&mut *transaction).await.map_err(error::ErrorServiceUnavailable)?;
    session.login(owner.into_inner())?;
    session.commit(transaction).await?;
    Ok("signed in")
}

async fn change_my_mind(session: Session) -> Result<&'static str> {
    let mut transaction = session.begin_transaction().await?;
    let line = sqlx::raw_sql("insert into audit values ('somebody')");
    line.execute(&mut *transaction).await.map_err(error::ErrorServiceUnavailable)?;
    Ok("never mind")
}

async fn owner(session: Session) -> String {
    session.owner().unwrap_or_else(|| "nobody".into())
}

async fn lines(pool: &PgPool) -> i64 {
    count(pool, "select count(*) from audit").await
}

/// One connection is enough: the session's part goes into the same transaction.
async fn alone() -> (PostgresStore, PgPool) {
    let url = migrated().await;
    let direct = pool_on(&url).await;
    sqlx::raw_sql(AUDIT).execute(&direct).await.expect("a table");
    let one = PgPoolOptions::new().max_connections(1).connect_with(way::options(&url)).await;
    (way::store(one.expect("the database answers")), direct)
}

#[actix_web::test]
async fn what_is_written_in_it_is_committed_with_the_session() {
    let (store, direct) = alone().await;
    let browser = site(store, PATIENCE).await;
    assert_eq!(read(&browser, "/login/ann").await, "signed in");
    assert_eq!((read(&browser, "/owner").await.as_str(), lines(&direct).await), ("ann", 1));
}

#[actix_web::test]
async fn what_is_dropped_is_taken_back_and_the_connection_is_as_good_as_before() {
    let (store, direct) = alone().await;
    let browser = site(store, PATIENCE).await;
    assert_eq!(read(&browser, "/change-my-mind").await, "never mind");
    assert_eq!(read(&browser, "/login/ann").await, "signed in");
    assert_eq!((read(&browser, "/owner").await.as_str(), lines(&direct).await), ("ann", 1));
}

#[actix_web::test]
async fn without_a_connection_in_time_it_is_a_503() {
    let (store, direct) = alone().await;
    let held = store.pool().acquire().await.expect("the only connection");
    let browser = site(store, Duration::from_millis(50)).await;
    let reply = browser.get("/login/ann").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (503, None));
    drop(held);
    assert_eq!(lines(&direct).await, 0);
}

#[actix_web::test]
async fn a_store_without_a_database_says_that_it_has_none() {
    let pool = pool().await;
    sqlx::raw_sql(AUDIT).execute(&pool).await.expect("a table");
    let browser = site(MemoryStore::new(), PATIENCE).await;
    let reply = browser.get("/login/ann").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (500, None));
    assert_eq!(lines(&pool).await, 0);
}
