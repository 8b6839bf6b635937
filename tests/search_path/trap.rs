//! The database with the schema, and the proof that it is a trap.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::sync::OnceCell;

use crate::support::gate::until;
use crate::support::{count, database, pool_on, with_database};

const PLANTED: &str = include_str!("planted.sql");

const SYMBOLS: [&str; 17] =
    ["=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "||", "->", "->>", "@>", "<<=", "?", "~~"];

/// A database in which somebody has planted things, and that every connection comes to by way of them.
pub(crate) struct Trap {
    pub(crate) url: String,
}

impl Trap {
    /// A copy of the first, which takes some seconds to make.
    pub(crate) async fn new() -> Self {
        static FIRST: OnceCell<String> = OnceCell::const_new();
        let first = FIRST.get_or_init(plant).await;
        let url = database().await;
        let name = url.rsplit('/').next().and_then(|name| name.split('?').next()).expect("a name");
        let server = pool_on(&with_database(&url, "postgres")).await;
        for statement in [
            format!("drop database {name}"),
            format!("create database {name} template {first}"),
            format!("alter database {name} set search_path = planted, public"),
            format!("alter database {name} set track_functions = 'all'"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&server).await.expect("a copy");
        }
        server.close().await;
        Self { url }
    }

    /// Beside the trap: for what the test itself asks.
    pub(crate) async fn beside(&self) -> PgPool {
        let joint = if self.url.contains('?') { '&' } else { '?' };
        pool_on(&format!("{}{joint}options[search_path]=public", self.url)).await
    }

    /// How often something was called that is planted, also by somebody who did not mind that it failed. Everybody else
    /// must have gone, since connections tell what they called when they end.
    async fn calls(&self) -> i64 {
        let pool = self.beside().await;
        let others = "select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
        let alone = PgPoolOptions::new().max_connections(1);
        let one =
            alone.connect_with(pool.connect_options().as_ref().clone()).await.expect("the database answers");
        pool.close().await;
        until("everybody else has gone", async || count(&one, others).await == 0).await;
        let books = "select coalesce(sum(calls), 0)::bigint from pg_stat_user_functions
            where schemaname = 'planted' and funcname = 'tick'";
        count(&one, books).await
    }

    /// Checks that nothing was called.
    pub(crate) async fn has_caught_nobody(&self) {
        assert_eq!(self.calls().await, 0, "something that is planted was called, and nobody said so");
    }
}

async fn plant() -> String {
    let url = database().await;
    let pool = pool_on(&url).await;
    sqlx::raw_sql(PLANTED).execute(&pool).await.expect("it is planted");
    let names: Vec<String> = called_in_the_sources().into_iter().collect();
    let functions: i64 = sqlx::query_scalar("select planted.plant_functions($1)")
        .bind(names)
        .fetch_one(&pool)
        .await
        .expect("functions");
    let operators: i64 = sqlx::query_scalar("select planted.plant_operators($1)")
        .bind(SYMBOLS.map(str::to_owned).to_vec())
        .fetch_one(&pool)
        .await
        .expect("operators");
    sqlx::query("select planted.plant_tables()").execute(&pool).await.expect("tables");
    assert!(functions > 1000 && operators > 1000, "{functions} functions, {operators} operators");
    let name = sqlx::query_scalar("select current_database()").fetch_one(&pool).await.expect("a name");
    pool.close().await;
    name
}

/// Every word of the stores' sources that stands before a parenthesis; among them all functions that they call.
fn called_in_the_sources() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut places = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store")];
    while let Some(place) = places.pop() {
        for entry in std::fs::read_dir(place).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                places.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).expect("a source");
            let before = text.split('(').map(|part| {
                let start =
                    part.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
                part[start..].to_owned()
            });
            words.extend(before.filter(|word| !word.is_empty()));
        }
    }
    words
}

#[tokio::test]
async fn whoever_is_careless_is_caught() {
    let trap = Trap::new().await;
    let pool = pool_on(&trap.url).await;
    for careless in [
        // The number is no bigint, as PostgreSQL's own wants it.
        "select hashtextextended('a', 1)",
        // What takes anything gives way to what takes this.
        "select cardinality(array['a'])",
        "select count(nspname) from pg_namespace",
        "select relnamespace || relname::text from pg_class",
    ] {
        let error = sqlx::raw_sql(careless).execute(&pool).await.expect_err(careless).to_string();
        assert!(error.contains("fooled"), "{careless}: {error}");
    }
    let found: String =
        sqlx::query_scalar("select 'session'::regclass::text").fetch_one(&pool).await.expect("one");
    assert_eq!(found, "session", "the planted one comes first");
    tokio::time::timeout(Duration::from_secs(60), pool.close()).await.expect("it closes");
    assert_eq!(trap.calls().await, 4, "and it is on record");
}
