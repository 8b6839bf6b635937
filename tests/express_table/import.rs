//! Leaving the Express table for the crate's own.

use std::time::Duration;

use actix_pg_session::{Import, Imported, PostgresStore, SessionMiddleware};
use sqlx::PgPool;

use crate::counter::{actix, application, ask, node_sets, on, sid, store, table, visitor};
use crate::support::site::SECRET;

async fn own_table(pool: &PgPool) -> PostgresStore {
    let own = PostgresStore::new(pool.clone());
    own.migrate().await.expect("the migrations apply");
    own
}

fn name(n: u32) -> String {
    format!("session number {n:03} of a visitor of Node")
}

#[actix_web::test]
async fn copies_follow_their_originals_until_the_move_which_leaves_the_old_table_empty() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    for n in 0..30 {
        node_sets(&pool, &name(n), &format!(r#""n":{n}"#), "UTC").await;
    }
    let import = Import::default().batch(7);
    let first = express.copy_into(&own, &import).await.expect("a copy");
    assert_eq!(first, Imported { found: 30, added: 30, ..Imported::default() });
    let again = express.copy_into(&own, &import).await.expect("another copy");
    assert_eq!(again, Imported { found: 30, ..Imported::default() }, "nothing has changed");

    node_sets(&pool, &name(3), r#""n":"changed""#, "UTC").await;
    node_sets(&pool, &name(40), r#""n":40"#, "UTC").await;
    sqlx::query("delete from session where sid like '%005%'").execute(&pool).await.expect("a sign-out");
    let third = express.move_into(&own, &import).await.expect("the move");
    assert_eq!(third, Imported { found: 30, added: 1, changed: 1, ended: 1, refused: 0 });
    let left: i64 = ask(&pool, "select count(*) from session").await;
    assert_eq!(left, 0);
    let nothing = express.move_into(&own, &import).await.expect("another move");
    assert_eq!((nothing.found, nothing.added), (0, 0));
}

#[actix_web::test]
async fn existing_cookies_name_their_sessions_in_the_new_table_by_their_digests() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    let before = application(express.clone()).await;
    before.get("/?set=a:1").await.assert_status(200);
    node_sets(&pool, &name(1), r#""user":{"name":"bob"},"a":"node's""#, "UTC").await;

    let import = Import::default().absolute_lifetime(Duration::from_secs(7200)).owner(|data| {
        let user: serde_json::Value = serde_json::from_str(data.get("user")?.get()).ok()?;
        Some(user.get("name")?.as_str()?.to_owned())
    });
    express.move_into(&own, &import).await.expect("the move");

    let sessions = SessionMiddleware::builder(own, SECRET).name("connect.sid").secure(false).build();
    let after = on(sessions.expect("the options go together")).await;
    let ours = visitor(&after, &sid(&before));
    assert_eq!(ours.get("/?get=a&owner").await.body, "\"1\"\nnobody");
    let theirs = visitor(&after, &name(1));
    assert_eq!(theirs.get("/?get=a&owner").await.body, "\"node's\"\nbob");
    let lifetimes: i64 = ask(
        &pool,
        "select count(*) from sessions where idle_timeout = interval '1 hour' and persistent
            and deadline between now() + interval '119 minutes' and now() + interval '2 hours'
            and expires_at between now() + interval '59 minutes' and now() + interval '61 minutes'",
    )
    .await;
    assert_eq!(lifetimes, 2);
    let plain: i64 =
        ask(&pool, "select count(*) from sessions where sessions::text like '%session number%'").await;
    assert_eq!(plain, 0, "ids are hashed on the way");
}

#[actix_web::test]
async fn what_a_visitor_did_in_the_new_table_is_not_overwritten_by_a_late_copy() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, &name(1), r#""a":"old""#, "UTC").await;
    express.copy_into(&own, &Import::default()).await.expect("a copy");
    let sessions = SessionMiddleware::builder(own.clone(), SECRET).name("connect.sid").secure(false).build();
    let visitor = visitor(&on(sessions.expect("the options go together")).await, &name(1));
    visitor.get("/?set=a:new").await.assert_status(200);
    node_sets(&pool, &name(1), r#""a":"late""#, "UTC").await;
    let late = express.copy_into(&own, &Import::default()).await.expect("a late copy");
    assert_eq!((late.found, late.changed), (1, 0));
    assert_eq!(visitor.get("/?get=a").await.body, "\"new\"");
    // Nor is it ended with its original, and sessions that began here are none of the import's business.
    let other = visitor.another();
    other.get("/?set=b:1").await.assert_status(200);
    sqlx::query("delete from session").execute(&pool).await.expect("a sign-out");
    let none = express.copy_into(&own, &Import::default()).await.expect("a copy of nothing");
    assert_eq!(none, Imported::default());
    assert_eq!(visitor.get("/?get=a").await.body, "\"new\"");
    assert_eq!(other.get("/?get=b").await.body, "\"1\"");
}

#[actix_web::test]
async fn what_jsonb_cannot_hold_is_refused_and_stays_and_holds_up_nobody() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, &name(1), r#""a":"good""#, "UTC").await;
    for (n, values) in
        [r#""nul":"\u0000""#, r#""half":"\ud800""#, r#""\ud800":1"#, r#""huge":1e999"#].iter().enumerate()
    {
        node_sets(&pool, &name(10 + n as u32), values, "UTC").await;
    }
    sqlx::query(
        "insert into session values ('no object at all', '[]', now() at time zone 'UTC' + interval '1 hour')",
    )
    .execute(&pool)
    .await
    .expect("a row");
    let moved = express.move_into(&own, &Import::default()).await.expect("the move");
    assert_eq!(moved, Imported { found: 1, added: 1, refused: 5, ..Imported::default() });
    let left: i64 = ask(&pool, "select count(*) from session").await;
    assert_eq!(left, 5);
}

/// To Node `_actix` is a value like any other, and a handler of its may copy a whole form into the session.
#[actix_web::test]
async fn a_credential_that_a_column_cannot_hold_is_refused_and_holds_up_nobody() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, &name(1), r#""a":"good""#, "UTC").await;
    let long = "x".repeat(1025);
    for (n, credential) in ["\\u0000", &*long].into_iter().enumerate() {
        let version = format!("\"version\":1,\"credential\":\"{credential}\"");
        let facts = actix("ann").replace("\"version\":1", &version);
        node_sets(&pool, &name(2 + n as u32), &facts, "UTC").await;
    }
    let moved = express.move_into(&own, &Import::default()).await.expect("the move");
    assert_eq!(moved, Imported { found: 1, added: 1, refused: 2, ..Imported::default() });
}

#[actix_web::test]
async fn a_session_with_facts_of_its_own_keeps_them() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    let browser = application(express.clone()).await;
    browser.get("/?set=a:1&login=ann").await.assert_status(200);
    let handle: String = ask(&pool, "select sess -> '_actix' ->> 'id' from session").await;
    express.move_into(&own, &Import::default().absolute_lifetime(None)).await.expect("the move");
    let (id, owner, signed_in): (String, String, bool) =
        sqlx::query_as("select id::text, owner, authenticated_at is not null from sessions")
            .fetch_one(&pool)
            .await
            .expect("one session");
    assert_eq!((id, owner.as_str(), signed_in), (handle, "ann", true));
    assert_eq!(ask::<i64>(&pool, "select count(*) from sessions where deadline is null").await, 1);
}
