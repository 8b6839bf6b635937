//! Imports that are repeated, come late, or meet something odd.

use std::fmt::Write as _;
use std::time::Duration;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{ExpressStore, Import, Imported, Session, SessionMiddleware};
use actix_web::{App, HttpResponse, web};

use crate::counter::{HOUR, SID, actix, ask, node_sets, on, own_table, run, sessions, store, table, visitor};
use crate::support::site::SECRET;

#[actix_web::test]
async fn a_second_move_signs_nobody_out() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    for n in 0..30 {
        node_sets(&pool, &format!("session number {n:03} of a visitor of Node"), "", "UTC").await;
    }
    let moved = express.move_into(&own, &Import::default()).await.expect("the move");
    assert_eq!((moved.found, sessions(&pool).await), (30, 30));
    // The tool is started again: by a deployment that was tried twice, or for rows that were refused.
    let again = express.move_into(&own, &Import::default()).await.expect("another move");
    assert_eq!((sessions(&pool).await, again), (30, Imported::default()));
}

#[actix_web::test]
async fn an_import_from_another_table_leaves_that_of_the_first_alone() {
    let pool = table("create table admin (like session including all)").await;
    let own = own_table(&pool).await;
    node_sets(&pool, SID, "", "UTC").await;
    let shop = store(&pool).await;
    shop.copy_into(&own, &Import::default()).await.expect("a copy");
    let admin = ExpressStore::builder(pool.clone()).table("admin").build().await.expect("a table");
    admin.copy_into(&own, &Import::default()).await.expect("a copy of the other");
    assert_eq!(sessions(&pool).await, 1);
}

/// "What a visitor did there is never overwritten."
#[actix_web::test]
async fn a_visitor_who_only_reads_in_the_new_table_is_not_ended_by_a_late_copy() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, "", "UTC").await;
    express.copy_into(&own, &Import::default()).await.expect("a copy");
    let sessions_ = SessionMiddleware::builder(own.clone(), SECRET)
        .name("connect.sid")
        .secure(false)
        .touch_after(0.0, Duration::ZERO)
        .build();
    let visitor = visitor(&on(sessions_.expect("the options go together")).await, SID);
    run(&pool, "update sessions set expires_at = expires_at - interval '30 minutes'").await;
    visitor.get("/?age").await.assert_status(200);
    let before: f64 = ask(&pool, "select extract(epoch from expires_at - now())::float8 from sessions").await;
    assert!(before > 3_500.0, "the visit has moved the end: {before}");
    run(&pool, "update session set expire = expire - interval '50 minutes'").await;
    express.copy_into(&own, &Import::default()).await.expect("a late copy");
    let after: f64 = ask(&pool, "select extract(epoch from expires_at - now())::float8 from sessions").await;
    assert!(after > 3_400.0, "a late copy has taken {} s away", before - after);
}

#[actix_web::test]
async fn a_deadline_that_was_set_between_two_copies_comes_along() {
    async fn page(session: Session) -> actix_web::Result<HttpResponse> {
        session.set_lifetime(actix_pg_session::Lifetime::new(HOUR, 2 * HOUR))?;
        Ok(HttpResponse::Ok().finish())
    }
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, "", "UTC").await;
    express.copy_into(&own, &Import::default()).await.expect("a copy");
    let build =
        SessionMiddleware::builder(express.clone(), SECRET).express_defaults().build().expect("built");
    let app = Browser::new(App::new().wrap(build).route("/", web::get().to(page))).await;
    visitor(&app, SID).get("/").await.assert_status(200);
    express.move_into(&own, &Import::default()).await.expect("the move");
    let hours: f64 =
        ask(&pool, "select extract(epoch from deadline - now())::float8 / 3600 from sessions").await;
    assert!(hours < 2.1, "the session may live for {hours} hours");
}

/// "Rows that cannot be read … stay where they are", and hold up nobody.
#[actix_web::test]
async fn an_owner_that_the_table_cannot_hold_does_not_hold_up_the_import() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, r#""a":"good""#, "UTC").await;
    node_sets(&pool, "nul nul nul nul nul nul nul nul nul", &actix(r"a\u0000b"), "UTC").await;
    let moved = express.move_into(&own, &Import::default()).await;
    assert_eq!(moved.expect("the move").found, 1);
}

#[actix_web::test]
async fn an_owner_that_is_too_long_for_the_index_does_not_hold_up_the_import() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, r#""a":"good""#, "UTC").await;
    // Nothing that compresses.
    let long: String = (0..400_u32).fold(String::new(), |mut text, n| {
        let _ = write!(text, "{:016x}", u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(n % 64));
        text
    });
    let import = Import::default().owner(move |_| Some(long.clone()));
    let moved = express.move_into(&own, &import).await;
    moved.expect("the move");
}

/// A login in Node after one here: passport's `keepSessionInfo` and many a hand-written `regenerate` copy
/// every member of the old session, `_actix` too.
#[actix_web::test]
async fn the_application_s_own_word_on_who_is_signed_in_goes_before_an_old_login_here() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, &format!(r#"{},"user":"bob""#, actix("ann")), "UTC").await;
    let import = Import::default().owner(|data| serde_json::from_str(data.get("user")?.get()).ok());
    express.move_into(&own, &import).await.expect("the move");
    let owner: String = ask(&pool, "select owner from sessions").await;
    assert_eq!(owner, "bob");
}

#[actix_web::test]
async fn after_a_move_the_table_is_empty() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, "", "UTC").await;
    run(&pool, "update session set expire = expire - interval '2 hours'").await;
    express.move_into(&own, &Import::default()).await.expect("the move");
    assert_eq!(ask::<i64>(&pool, "select count(*) from session").await, 0);
}

/// Node's touches do not know a deadline, so such a row has not expired.
#[actix_web::test]
async fn a_session_past_its_deadline_is_neither_moved_nor_left_behind() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    let over =
        actix("ann").replace("\"version\":1", "\"version\":1,\"deadline\":\"2026-01-02T00:00:00.000Z\"");
    node_sets(&pool, SID, &over, "UTC").await;
    let moved = express.move_into(&own, &Import::default()).await.expect("the move");
    assert_eq!(moved, Imported::default());
    assert_eq!(ask::<i64>(&pool, "select count(*) from session").await, 0);
}
