//! A user who may use the tables and make none.

use actix_pg_session::PostgresStore;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::{database, pool_on};

/// A pool whose user has no right but to use what is there, and the superuser's.
async fn humble(url: &str) -> (PgPool, PgPool) {
    let owner = pool_on(url).await;
    let name: String =
        sqlx::query_scalar("select current_database()").fetch_one(&owner).await.expect("a name");
    let name = format!("humble_{name}");
    sqlx::raw_sql(AssertSqlSafe(format!(
        "create role {name} login password 'humble';
         revoke create on schema public from public;
         alter default privileges grant select, insert, update, delete on tables to {name};"
    )))
    .execute(&owner)
    .await
    .expect("a user is made");
    let options: PgConnectOptions = url.parse().expect("an address");
    (PgPool::connect_lazy_with(options.username(&name).password("humble")), owner)
}

#[tokio::test]
async fn where_everything_is_up_to_date_migrating_needs_no_right_to_create() {
    let (humble, owner) = humble(&database().await).await;
    PostgresStore::new(owner).migrate().await.expect("the migrations apply");
    PostgresStore::new(humble).migrate().await.expect("there is nothing to do");
}

#[tokio::test]
async fn where_there_is_something_to_do_migrating_says_what_it_lacks() {
    let (humble, _owner) = humble(&database().await).await;
    let error = PostgresStore::new(humble).migrate().await.expect_err("it may not").to_string();
    assert!(error.contains("permission denied"), "{error}");
}
