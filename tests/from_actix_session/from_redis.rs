//! The recipe for sessions that are in Redis, as `docs/from-actix-session.md` has it.

use std::collections::HashMap;

use actix_web::cookie::{Cookie, CookieJar};

use crate::places::{Place as _, in_batches};
use crate::site::{COOKIE, key, visitor};

#[actix_web::test]
async fn who_was_signed_in_by_redis_is_signed_in_after_the_copy() {
    let place = in_batches().await;
    sqlx::query("create table redis_sessions (key text, ttl int, value text)")
        .execute(&place.pool)
        .await
        .expect("a table");
    let state = HashMap::from([
        ("actix_identity.user_id", r#""ann""#),
        ("cart", r#"{"items":["a \"b\" \\ c",1.5]}"#),
    ]);
    // As actix-session's Redis store writes it.
    let value = serde_json::to_string(&state).expect("JSON");
    let rows = [("ann's key", 3600, value.as_str()), ("empty", 3600, "{}"), ("expired", -2, "{}")];
    for (key, ttl, value) in rows {
        sqlx::query("insert into redis_sessions values ($1, $2, $3)")
            .bind(key)
            .bind(ttl)
            .bind(value)
            .execute(&place.pool)
            .await
            .expect("a row");
    }
    let page = include_str!("../../docs/from-actix-session.md");
    let (_, recipe) = page.split_once("```sql\n").expect("the recipe");
    let (recipe, _) = recipe.split_once("```").expect("its end");
    sqlx::raw_sql(sqlx::AssertSqlSafe(recipe.to_owned())).execute(&place.pool).await.expect("it runs");

    assert_eq!(place.sessions().await, 2);
    let ann = visitor(&place).await;
    let mut jar = CookieJar::new();
    jar.private_mut(&key()).add(Cookie::new(COOKIE, "ann's key"));
    let cookie = jar.get(COOKIE).expect("a cookie").encoded().to_string();
    ann.browser.set_cookie(COOKIE, cookie.split_once('=').expect("a value").1);
    assert_eq!(
        ann.does("me; get cart").await,
        r#"ann
{"items": ["a \"b\" \\ c", 1.5]}"#
    );
    ann.does("set cart 1").await;
    let owner: String = sqlx::query_scalar("select owner from sessions where data->>'cart' = '1'")
        .fetch_one(&place.pool)
        .await
        .expect("a row");
    assert_eq!(owner, "ann");
}
