//! A row that nobody can read is told of, not deleted, and keeps nobody out.

use crate::counter::{SID, application, ask, node_sets, sid, store, table, visitor};

async fn row(pool: &sqlx::PgPool, sess: &str) {
    sqlx::query("insert into session values ($1, $2::json, now() at time zone 'UTC' + interval '1 hour')")
        .bind(SID)
        .bind(sess)
        .execute(pool)
        .await
        .expect("a row");
}

#[actix_web::test]
async fn a_row_that_is_no_object_is_left_alone_and_its_visitor_gets_another_session() {
    for sess in ["[]", "null", "\"text\"", "12"] {
        let pool = table("").await;
        row(&pool, sess).await;
        let browser = visitor(&application(store(&pool).await).await, SID);
        browser.get("/?get=a").await.assert_status(200);
        browser.get("/?set=a:1").await.assert_status(200);
        assert_ne!(sid(&browser), SID, "{sess}");
        assert_eq!(browser.get("/?get=a").await.body, "\"1\"", "{sess}");
        let kept: i64 =
            ask(&pool, "select count(*) from session where sid = 'wYy9GpXnW2cV5kq7mT3rLbZ8sDfH1jNe'").await;
        assert_eq!(kept, 1, "{sess}");
    }
}

#[actix_web::test]
async fn a_row_without_a_cookie_object_on_which_node_would_fail_is_a_session_and_gets_one() {
    let pool = table("").await;
    row(&pool, r#"{"a":"one"}"#).await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    assert_eq!(browser.get("/?get=a").await.body, "\"one\"");
    let text: String = ask(&pool, "select sess::text from session").await;
    assert_eq!(
        text,
        r#"{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"a":"one"}"#
    );
}

#[actix_web::test]
async fn the_object_s_own_name_is_no_value() {
    let pool = table("").await;
    node_sets(&pool, SID, r#""a":"one""#, "UTC").await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    assert_eq!(browser.get("/?get=cookie").await.body, "nothing");
    browser.get("/?set=cookie:monster").await.assert_status(422);
    browser.get("/?clear").await.assert_status(200);
    let text: String = ask(&pool, "select sess::text from session").await;
    assert!(
        text.starts_with(r#"{"cookie":{"originalMaxAge":3600000,"#) && text.ends_with("\"/\"}}"),
        "{text}"
    );
}
