//! A session whose time is up while the application's transaction is open.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{PostgresStore, Session, SessionMiddleware};
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpResponse, Result, error};

use crate::site::{cookie_of, read};
use crate::support::gate::PATIENCE;
use crate::support::site::SECRET;
use crate::support::{count, store};

async fn site(store: &PostgresStore) -> Browser {
    let sessions = SessionMiddleware::builder(store.clone(), SECRET).store_timeout(PATIENCE).build();
    let app = App::new()
        .app_data(Data::new(store.clone()))
        .wrap(sessions.expect("the options go together"))
        .route("/set/{name}", web::get().to(set))
        .route("/values", web::get().to(values))
        .route("/slowly/{verb}", web::get().to(slowly));
    Browser::new(app).await
}

async fn set(session: Session, name: Path<String>) -> Result<&'static str> {
    session.insert(&**name, 1)?;
    Ok("set")
}

async fn values(session: Session) -> String {
    session.entries().into_keys().collect::<Vec<_>>().join(" ")
}

/// The session's time is up after the transaction has begun, and before its commit.
async fn slowly(session: Session, store: Data<PostgresStore>, verb: Path<String>) -> Result<HttpResponse> {
    let mut transaction = session.begin_transaction().await?;
    let begun = sqlx::raw_sql("select 1").execute(&mut *transaction).await;
    begun.map_err(error::ErrorServiceUnavailable)?;
    let over = "update sessions set expires_at = clock_timestamp()";
    sqlx::raw_sql(over).execute(store.pool()).await.map_err(error::ErrorServiceUnavailable)?;
    match &**verb {
        "set" => session.insert("order", 1)?,
        "login" => session.login("ann")?,
        "logout" => session.logout()?,
        verb => panic!("{verb}?"),
    }
    match session.commit(transaction).await {
        Err(error) if error.is_gone() => Ok(HttpResponse::Conflict().body("gone")),
        committed => Ok(committed.map(|()| HttpResponse::Ok().body("committed"))?),
    }
}

const LIVE: &str = "select count(*) from sessions where expires_at > now()";

/// PostgreSQL's `now()` is when the transaction began. By that clock, what everybody else has found to be over would be
/// alive again for whoever has been at it for long.
#[actix_web::test]
async fn a_commit_goes_by_the_time_at_which_it_is_made() {
    for (verb, status, is_in) in [("set", 409, 0), ("login", 200, 1), ("logout", 409, 0)] {
        let store = store().await;
        let browser = site(&store).await;
        read(&browser, "/set/cart").await;
        let reply = browser.get(&format!("/slowly/{verb}")).await;
        let cookie = (is_in == 1).then_some("set");
        assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (status, cookie), "{verb}: {reply}");
        assert_eq!(count(store.pool(), LIVE).await, is_in, "{verb}");
        assert_eq!(read(&browser, "/values").await, "", "{verb}: nothing of what was over");
    }
}
