//! What an administrator sees in psql of sessions that actix-session keeps there.

use actix_session::config::CookieContentSecurity;
use actix_web::cookie::CookieJar;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use crate::places::{InPostgres, Kept, Place as _, in_postgres};
use crate::site::{COOKIE, key, site, visitor};

in_postgres! {
    values_are_json_that_a_query_can_look_into
    the_row_knows_the_cookie_by_its_digest_only
    a_session_is_in_the_view_with_all_that_is_known_of_it
    a_value_that_was_changed_in_psql_is_what_the_next_request_reads
    a_row_that_cannot_be_a_session_s_does_not_stop_its_visitor
}

async fn values_are_json_that_a_query_can_look_into(place: InPostgres<impl Kept>) {
    let ann = visitor(&place).await;
    ann.does(r#"set user "ann"; set cart {"items": [{"id": 7, "price": 9.50}]}; set visits 3"#).await;
    let sql = "select data->>'user', data #>> '{cart,items,0,price}', (data->>'visits')::int, data::text
        from sessions";
    let row = sqlx::query(sql).fetch_one(&place.pool).await.expect(sql);
    assert_eq!(row.get::<&str, _>(0), "ann");
    assert_eq!(row.get::<&str, _>(1), "9.50");
    assert_eq!(row.get::<i32, _>(2), 3);
    assert_eq!(
        row.get::<&str, _>(3),
        r#"{"cart": {"items": [{"id": 7, "price": 9.50}]}, "user": "ann", "visits": 3}"#
    );
}

async fn the_row_knows_the_cookie_by_its_digest_only(place: InPostgres<impl Kept>) {
    let set = |sessions: actix_session::config::SessionMiddlewareBuilder<_>| {
        sessions.cookie_content_security(CookieContentSecurity::Signed)
    };
    let ann = site(place.store(), set, actix_identity::IdentityMiddleware::default()).await;
    ann.does("set x 1").await;
    let cookie = ann.cookie().expect("a cookie");
    let cookie = actix_web::cookie::Cookie::parse_encoded(format!("{COOKIE}={cookie}")).expect("a cookie");
    let mut jar = CookieJar::new();
    jar.add_original(cookie);
    let session_key = jar.signed(&key()).get(COOKIE).expect("it is signed").value().to_owned();
    let (row_key, row): (Vec<u8>, String) = sqlx::query_as("select key, sessions::text from sessions")
        .fetch_one(&place.pool)
        .await
        .expect("a row");
    assert_eq!(row_key, Sha256::digest(&session_key).to_vec());
    assert!(!row.contains(&session_key));
}

async fn a_session_is_in_the_view_with_all_that_is_known_of_it(place: InPostgres<impl Kept>) {
    let ann = visitor(&place).await;
    ann.does("login ann; set cart 1").await;
    let sql = "select owner, data->>'cart', ip is null and user_agent is null,
            authenticated_at is not null and expires_in between interval '23 hours' and interval '24 hours'
        from active_sessions";
    let row: (String, String, bool, bool) = sqlx::query_as(sql).fetch_one(&place.pool).await.expect(sql);
    assert_eq!(row, ("ann".into(), "1".into(), true, true));
}

async fn a_value_that_was_changed_in_psql_is_what_the_next_request_reads(place: InPostgres<impl Kept>) {
    let ann = visitor(&place).await;
    ann.does("set cart 1; set x 1").await;
    // Larger than a double, and deeper than the crate itself would store.
    place.in_psql("update sessions set data = data || '{\"cart\": 1e400}', version = version + 1").await;
    place
        .in_psql(
            "update sessions set version = version + 1, data =
                data || jsonb_build_object('deep', (repeat('[', 90) || repeat(']', 90))::jsonb)",
        )
        .await;
    ann.does("set x 2").await;
    let kept = "select length(data->>'cart'), length(data->>'deep'), data->>'x' from sessions";
    let kept: (i32, i32, String) = sqlx::query_as(kept).fetch_one(&place.pool).await.expect(kept);
    assert_eq!(kept, (401, 180, "2".into()));
}

async fn a_row_that_cannot_be_a_session_s_does_not_stop_its_visitor(place: InPostgres<impl Kept>) {
    let ann = visitor(&place).await;
    ann.does("set x 1").await;
    place.in_psql("alter table sessions drop constraint if exists sessions_data_check").await;
    place.in_psql("update sessions set data = '[1]', version = version + 1").await;
    assert_eq!(ann.does("get x; set x 2").await, "-");
    assert_eq!(ann.does("get x").await, "2");
    assert_eq!(place.sessions().await, 2);
}
