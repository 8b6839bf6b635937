//! What was wrong with the sessions that came before: a test for each defect that could be ours.
//!
//! | defect of a peer | the test that fails if we have it |
//! | --- | --- |
//! | 1 actix-session: `update`, `update_or` are not saved on an existing session | `an_update_of_an_existing_session_is_saved` |
//! | 2 actix-session: `purge` leaves a cookie that was bad or expired | `purge_takes_a_bad_an_expired_and_an_unknown_cookie_away` |
//! | 3 actix-session: a save that misses re-creates the session under a fresh id | `a_save_that_misses_creates_nothing` |
//! | 4 actix-session: changes of a streaming body are lost | `verbs::sealed`, `verbs::detached` |
//! | 4 actix-session: an `Err` of a middleware drops the rotation | `options::failure::an_error_of_an_inner_middleware_is_a_failure_and_carries_the_cookie` |
//! | 5 actix-session: renewal is a delete and a save | `a_renewal_is_one_call_and_its_failure_loses_nothing` |
//! | 6 actix-session-sqlx-postgres: a collision hands out another's session | `options::ids::an_id_that_is_taken_is_drawn_again` |
//! | 6 the same: an update of no row is ignored, and the cookie sent | `a_save_that_misses_creates_nothing` |
//! | 7 tower-sessions, pavex: `timestamptz` compared with `timestamp` | `the_servers_time_zone_does_not_matter` |
//! | 8, 9 tower-sessions: migrations and cleanup that give up | the tests of migrations and of faults |
//! | 10 tower-sessions: an id is cycled before the new row exists | `a_renewal_is_one_call_and_its_failure_loses_nothing` |
//! | 11 tower-sessions: idle time does not slide on reads | `options::time::use_keeps_a_session_alive_to_its_absolute_lifetime_and_no_longer` |
//! | 12 pavex: a `create` on a live id answers Ok | `options::ids::a_generator_that_repeats_itself_fails_and_the_first_session_is_untouched` |
//! | 13 axum_session: insecure, unsigned, a row for every visitor, a cookie that outlives its session | `the_defaults_are_safe` |
//! | 13 axum_session: memory wins over the database | `what_an_administrator_deletes_is_gone_at_once` |
//! | 14 scs, Laravel, express `resave`: a reader overwrites a writer | `a_reader_overwrites_no_writer` |
//! | express-session: `login` keeps a planted id | `cookies::never_adopted::a_planted_session_does_not_become_the_victims` |
//! | express-session: destroy leaves the cookie | `verbs::life::logout_ends_the_session_here_and_in_the_browser` |
//! | Django: sign-out pages fill the table | `cookies::never_adopted::a_flood_of_unknown_ids_and_robots_leaves_no_row` |
//! | Flask: a cached page of somebody else | `every_way_to_read_a_session_says_vary` |
//! | Flask: a rotated secret signs with the old key | `cookies::secrets::the_first_secret_signs` |

use actix_pg_session::test_util::{Op, When};
use sqlx::postgres::PgPoolOptions;

use crate::story::{
    Counted, DAY, HOUR, SECRET, SID, Shelf, attributes, counted_postgres, encoded, max_age, on_both_stores,
    over, signed, support, visit,
};

on_both_stores!(
    an_update_of_an_existing_session_is_saved,
    purge_takes_a_bad_an_expired_and_an_unknown_cookie_away,
    a_save_that_misses_creates_nothing,
    a_renewal_is_one_call_and_its_failure_loses_nothing,
    the_defaults_are_safe,
    a_reader_overwrites_no_writer,
    every_way_to_read_a_session_says_vary,
);

async fn an_update_of_an_existing_session_is_saved(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    browser.get("/count:n").await;
    browser.get("/count:n").await;
    browser.get("/add:n").await;
    assert_eq!(browser.get("/number:n").await.body, "3");
}

async fn purge_takes_a_bad_an_expired_and_an_unknown_cookie_away(store: Counted<impl Shelf>) {
    let browser = visit(over(&store).max_age(HOUR)).await;
    browser.get("/put:color=red").await;
    let expired = browser.cookie(SID).expect("a cookie").value;
    store.elapse(2 * HOUR).await;
    for cookie in ["nonsense", "", &expired, &encoded(&signed("unknown", SECRET))] {
        browser.set_cookie(SID, cookie);
        assert_eq!(max_age(&browser.get("/purge").await), Some(0), "{cookie}");
        assert_eq!(browser.cookie(SID), None, "{cookie}");
    }
    assert!(
        browser.get("/purge").await.set_cookies().is_empty(),
        "without a cookie there is nothing to take"
    );
}

async fn a_save_that_misses_creates_nothing(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let gate = store.hold_next(Op::Update, When::Before);
    let slow = browser.get("/put:color=blue/count:n");
    let meanwhile = async {
        gate.reached().await;
        browser.get("/logout").await;
        gate.open();
    };
    let (reply, ()) = futures_util::future::join(slow, meanwhile).await;
    assert!(reply.set_cookies().is_empty());
    assert_eq!((store.sessions().await, store.calls(Op::Create)), (0, 1));
}

async fn a_renewal_is_one_call_and_its_failure_loses_nothing(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    for page in ["/renew", "/login:ann", "/regenerate"] {
        let before = browser.cookie(SID);
        store.fail_next(Op::Renew, When::Before);
        let reply = browser.get(page).await;
        reply.assert_status(503);
        assert!(reply.set_cookies().is_empty(), "{page}");
        assert_eq!(browser.cookie(SID), before, "{page}");
        assert_eq!(browser.get("/get:color/owner").await.body, "red none", "{page}");
    }
    let before = store.all_calls();
    browser.get("/renew/put:color=blue").await;
    assert_eq!(store.all_calls() - before, 2, "a load and a renewal, in which the change is");
}

async fn the_defaults_are_safe(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    for _ in 0..10 {
        browser.another().get("/get:color").await;
    }
    assert_eq!(store.sessions().await, 0);
    let reply = browser.get("/put:color=red").await;
    let line = &reply.set_cookies()[0];
    assert!(line.starts_with("__Host-sid=s%3A"), "{line}");
    assert_eq!(attributes(line), ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
    assert_eq!(max_age(&reply), Some(14 * 24 * 60 * 60), "as long as the session, and no longer");
    store.elapse(14 * DAY).await;
    assert_eq!(browser.get("/get:color").await.body, "none");
}

async fn a_reader_overwrites_no_writer(store: Counted<impl Shelf>) {
    for rolling in [false, true] {
        let browser = visit(over(&store).rolling(rolling).resave(rolling)).await;
        browser.get("/put:color=red").await;
        let gate = store.hold_next(Op::Load, When::After);
        let reader = browser.get("/get:color/touch");
        let writer = async {
            gate.reached().await;
            browser.get("/put:color=blue/put:size=8").await;
            gate.open();
        };
        let (read, ()) = futures_util::future::join(reader, writer).await;
        assert_eq!(read.body, "red");
        assert_eq!(browser.get("/get:color/get:size").await.body, "blue 8", "rolling: {rolling}");
    }
}

async fn every_way_to_read_a_session_says_vary(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    let pages =
        ["/get:a", "/has:a", "/entries", "/owner", "/status", "/handle", "/left", "/born", "/proved", "/404"];
    for visitor in [browser.another(), browser.clone()] {
        for page in pages {
            assert_eq!(visitor.get(page).await.header("vary"), Some("Cookie"), "{page}");
        }
        browser.get("/put:color=red").await;
    }
    store.fail_next(Op::Load, When::Before);
    assert_ne!(browser.get("/get:a").await.header("cache-control"), Some("public"));
}

#[actix_web::test]
async fn what_an_administrator_deletes_is_gone_at_once() {
    let store = counted_postgres().await;
    let browser = visit(over(&store)).await;
    browser.get("/login:ann").await;
    assert_eq!(browser.get("/owner").await.body, "ann");
    sqlx::query("delete from sessions where owner = 'ann'")
        .execute(&support::way::straight(store.inner().pool()))
        .await
        .expect("it is there");
    assert_eq!(browser.get("/owner").await.body, "none");
    assert_eq!(browser.get("/put:color=red").await.set_cookies().len(), 1);
}

#[actix_web::test]
async fn the_servers_time_zone_does_not_matter() {
    for zone in ["America/New_York", "Asia/Tokyo", "Asia/Kathmandu"] {
        let url = support::database().await;
        let pool = PgPoolOptions::new()
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    let set = sqlx::query("select set_config('timezone', $1, false)").bind(zone);
                    set.execute(connection).await.map(drop)
                })
            })
            .max_connections(2)
            .connect(&url)
            .await
            .expect("the new database answers");
        let store = actix_pg_session::PostgresStore::new(pool);
        store.migrate().await.expect("the migrations apply");
        let browser = visit(over(&store).max_age(HOUR)).await;
        assert_eq!(max_age(&browser.get("/put:color=red").await), Some(3600), "{zone}");
        assert_eq!(browser.get("/get:color").await.body, "red", "{zone}");
        store.elapse(HOUR).await;
        assert_eq!(browser.get("/get:color").await.body, "none", "{zone}");
    }
}
