//! Every query of `docs/administration.md` is run, and finds what it is there to find.

use actix_pg_session::{CacheState, PostgresStore};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use crate::LAYOUTS;
use crate::planted::Planted;
use crate::support::gate;

const GUIDE: &str = include_str!("../../docs/administration.md");

/// The blocks of SQL, in their order.
fn blocks() -> Vec<&'static str> {
    GUIDE.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Rows for every query to find.
async fn planted() -> Planted {
    let planted = Planted::none(LAYOUTS[0]).await;
    planted
        .insert(
            "('ann', '10.1.2.3', 'Chrome', 10, '{\"cart\": [{\"copies\": 12}], \"old_feature\": 1}'),
             ('bob', '10.1.2.4', 'curl', 20, '{\"cart\": []}'),
             (null, '10.1.2.3', null, 30, '{}'),
             (null, '10.1.2.3', 'curl', 8640000, '{}')",
        )
        .await;
    sqlx::raw_sql(
        "update sessions set id = '46891088-e964-491a-8800-b03c87805c9e' where owner = 'bob';
         update sessions set authenticated_at = now() - interval '8 days' where owner is not null;
         insert into sessions_history values (now() - interval '10 minutes', 3, 1, 1, 7), (now(), 3, 1, 1, 9);
         analyze sessions",
    )
    .execute(&planted.pool)
    .await
    .expect("rows");
    planted
}

async fn run(sql: &'static str, connection: &mut PgConnection) -> (Vec<PgRow>, u64) {
    use futures_util::TryStreamExt as _;
    let (mut rows, mut affected) = (Vec::new(), 0);
    let mut results = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(connection);
    while let Some(result) = results.try_next().await.unwrap_or_else(|error| panic!("{error}:\n{sql}")) {
        match result {
            sqlx::Either::Left(done) => affected += done.rows_affected(),
            sqlx::Either::Right(row) => rows.push(row),
        }
    }
    (rows, affected)
}

#[tokio::test]
async fn every_query_runs_and_finds_or_changes_something() {
    let planted = planted().await;
    let blocks = blocks();
    assert!(blocks.len() > 20, "they were not found");
    for sql in blocks {
        // Each meets the rows as they were planted.
        let mut transaction = planted.pool.begin().await.expect("a transaction");
        let (rows, affected) = run(sql, &mut transaction).await;
        let is_definition = sql.starts_with("create") || sql.starts_with("truncate");
        assert!(!rows.is_empty() || affected > 0 || is_definition, "finds nothing:\n{sql}");
        transaction.rollback().await.expect("undone");
    }
}

/// The block with these words in it.
fn block(words: &str) -> &'static str {
    let mut found = blocks().into_iter().filter(|block| block.contains(words));
    let block = found.next().unwrap_or_else(|| panic!("no query has {words:?} in it"));
    assert!(found.next().is_none(), "{words:?} is in several");
    block
}

#[tokio::test]
async fn queries_find_the_rows_that_their_sentences_speak_of() {
    let planted = planted().await;
    let mut connection = planted.pool.acquire().await.expect("a connection");
    let (rows, _) = run(block("as signed_in from"), &mut connection).await;
    assert_eq!((rows[0].get::<i64, _>(0), rows[0].get::<i64, _>(1)), (3, 2));
    for (words, found) in [
        ("<<= '10.1.0.0/16'", 3),
        ("data ? 'cart'", 2),
        ("@.copies > 10", 1),
        ("interval '5 minutes'", 3),
        ("expires_in from active_sessions where owner = 'ann'", 1),
    ] {
        assert_eq!(run(block(words), &mut connection).await.0.len(), found, "{words}");
    }
    let (rows, _) = run(block("lag(deleted)"), &mut connection).await;
    assert_eq!(rows[1].get::<i64, _>("ended"), 2);
}

#[tokio::test]
async fn support_staff_see_who_is_signed_in_and_not_what_is_stored_and_can_end_a_session() {
    let planted = planted().await;
    // Roles belong to the whole server, so these are gone again when the test ends.
    let mut transaction = planted.pool.begin().await.expect("a transaction");
    run(block("create role support"), &mut transaction).await;
    run("set local role support", &mut transaction).await;
    assert_eq!(run("select owner from support_sessions", &mut transaction).await.0.len(), 3);
    for forbidden in ["select data from sessions", "select data from active_sessions", "delete from sessions"]
    {
        run("savepoint before", &mut transaction).await;
        let error = sqlx::raw_sql(forbidden).execute(&mut *transaction).await.expect_err(forbidden);
        assert!(error.to_string().contains("permission denied"), "{error}");
        run("rollback to savepoint before", &mut transaction).await;
    }
    let end = "select end_session('46891088-e964-491a-8800-b03c87805c9e')";
    for was_there in [true, false] {
        assert_eq!(run(end, &mut transaction).await.0[0].get::<bool, _>(0), was_there);
    }
    assert_eq!(run("select owner from support_sessions", &mut transaction).await.0.len(), 2);
    transaction.rollback().await.expect("undone");
}

#[tokio::test]
async fn the_applications_own_role_has_all_rights_that_it_needs() {
    let planted = planted().await;
    let name: String =
        sqlx::query_scalar("select current_database()").fetch_one(&planted.pool).await.expect("a name");
    let role = format!("shop_{name}");
    // Under a name of its own, since a role is everybody's.
    let grants = block("create role shop").replace("shop nologin", &format!("{role} login password 'x'"));
    let grants = grants.replace("to shop", &format!("to {role}"));
    sqlx::raw_sql(AssertSqlSafe(grants)).execute(&planted.pool).await.expect("a role");
    let options: sqlx::postgres::PgConnectOptions = planted.place.url.parse().expect("an address");
    let pool = sqlx::PgPool::connect_lazy_with(options.username(&role).password("x"));
    let store = PostgresStore::new(pool);
    store.migrate().await.expect("there is nothing to do");
    store.prune(10).await.expect("it may prune");
    let admin = store.admin();
    admin.take_reading(std::time::Duration::from_secs(60)).await.expect("it may take readings");
    assert_eq!(admin.census().await.expect("numbers").live, 3);
    admin.health().await.expect("an answer");
    assert!(admin.revoke_owner("ann").await.expect("done").sessions == Some(1));

    // With a cache.
    PostgresStore::new(planted.pool.clone()).cached(10).migrate().await.expect("its triggers");
    let (_, grant) = GUIDE.split_once("With a cache also `").expect("a sentence");
    let (grant, _) = grant.split_once('`').expect("its end");
    let grant = grant.replace("to shop", &format!("to {role}"));
    sqlx::raw_sql(AssertSqlSafe(grant)).execute(&planted.pool).await.expect("granted");
    let store = store.cached(10);
    store.migrate().await.expect("there is nothing to do");
    gate::until("it is believed", async || store.stats().state == CacheState::Live).await;
}
