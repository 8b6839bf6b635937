//! Transactions that a session cannot be part of.

use std::str::FromStr as _;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{MemoryStore, PostgresStore, Session, SessionMiddleware, SessionStore, WhenFull};
use actix_web::web::{self, Data};
use actix_web::{App, Result, error};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::site::{cookie_of, read};
use crate::support::gate::PATIENCE;
use crate::support::site::SECRET;
use crate::support::{count, migrated, pool, store};

/// A site where Ann may be signed in twice.
async fn site(store: impl SessionStore, pool: &PgPool, begin: &'static str) -> Browser {
    sqlx::raw_sql("create table audit (who text)").execute(pool).await.expect("a table");
    let sessions = SessionMiddleware::builder(store, SECRET).store_timeout(PATIENCE);
    let app = App::new()
        .app_data(Data::new(pool.clone()))
        .app_data(Data::new(begin))
        .wrap(sessions.sessions_per_owner(2, WhenFull::Evict).build().expect("the options go together"))
        .route("/login", web::get().to(login))
        .route("/order", web::get().to(order))
        .route("/owner", web::get().to(owner));
    Browser::new(app).await
}

/// Whatever becomes of it, the visitor gets a page.
async fn login(session: Session, pool: Data<PgPool>, begin: Data<&'static str>) -> Result<String> {
    let mut transaction = pool.begin_with(**begin).await.map_err(error::ErrorServiceUnavailable)?;
    let line = sqlx::raw_sql("insert into audit values ('ann')").execute(&mut *transaction).await;
    line.map_err(error::ErrorServiceUnavailable)?;
    session.login("ann")?;
    Ok(session.commit(transaction).await.map_or_else(|error| error.to_string(), |()| "signed in".to_owned()))
}

async fn order(session: Session, pool: Data<PgPool>) -> Result<String> {
    let mut transaction = pool.begin().await.map_err(error::ErrorServiceUnavailable)?;
    let line = sqlx::raw_sql("insert into audit values ('an order')").execute(&mut *transaction).await;
    line.map_err(error::ErrorServiceUnavailable)?;
    session.insert("ordered", 1)?;
    Ok(match session.commit(transaction).await {
        Ok(()) => "ordered".to_owned(),
        Err(error) => format!("gone: {}", error.is_gone()),
    })
}

async fn owner(session: Session) -> String {
    session.owner().unwrap_or_else(|| "nobody".into())
}

async fn lines(pool: &PgPool) -> i64 {
    count(pool, "select count(*) from audit").await
}

/// The line is not there, so she is not signed in either.
#[actix_web::test]
async fn who_goes_on_after_a_store_that_cannot_do_it_has_signed_nobody_in() {
    let pool = pool().await;
    let browser = site(MemoryStore::new(), &pool, "begin").await;
    let reply = browser.get("/login").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (200, None), "{reply}");
    assert_ne!(reply.body, "signed in");
    assert_eq!((read(&browser, "/owner").await.as_str(), lines(&pool).await), ("nobody", 0));
}

/// It could store nothing, and its order would be nobody's.
#[actix_web::test]
async fn a_request_that_comes_late_to_a_sign_in_orders_nothing() {
    let store = store().await;
    let pool = store.pool().clone();
    let browser = site(store, &pool, "begin").await;
    assert_eq!(read(&browser, "/order").await, "ordered");
    let late = browser.another();
    browser.cookies().iter().for_each(|cookie| late.set_cookie(&cookie.name, &cookie.value));
    assert_eq!(read(&browser, "/login").await, "signed in");
    assert_eq!(lines(&pool).await, 2);
    let reply = late.get("/order").await;
    assert_eq!((reply.body.as_str(), cookie_of(&reply)), ("gone: true", None));
    assert_eq!(lines(&pool).await, 2);
}

/// Otherwise of two that begin at once neither would see the other. Whoever is told to begin in another way can.
#[actix_web::test]
async fn a_sign_in_within_a_limit_is_refused_where_it_would_not_see_the_others() {
    let url = migrated().await;
    let options = PgConnectOptions::from_str(&url).expect("an address");
    let options = options.options([("default_transaction_isolation", "repeatable read")]);
    let pool = PgPoolOptions::new().max_connections(4).connect_with(options).await.expect("it answers");
    let browser = site(PostgresStore::new(pool.clone()), &pool, "begin").await;
    let reply = browser.get("/login").await;
    assert!(reply.body.contains("begin isolation level read committed"), "{reply}");
    assert_eq!(cookie_of(&reply), None);
    assert_eq!((read(&browser, "/owner").await.as_str(), lines(&pool).await), ("nobody", 0));

    sqlx::raw_sql("drop table audit").execute(&pool).await.expect("it is gone");
    let store = PostgresStore::new(pool.clone());
    let browser = site(store, &pool, "begin isolation level read committed").await;
    assert_eq!(read(&browser, "/login").await, "signed in");
    assert_eq!((read(&browser, "/owner").await.as_str(), lines(&pool).await), ("ann", 1));
}
