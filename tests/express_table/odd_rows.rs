//! Rows that nobody would write on purpose.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use actix_pg_session::{ExpressStore, Import, SessionMiddleware};

use crate::counter::{SID, actix, application, node_sets, on, own_table, run, store, table, text, visitor};
use crate::support::site::SECRET;

/// `infinity` is what an administrator writes for "never"; connect-pg-simple reads it as live.
#[actix_web::test]
async fn a_row_that_ends_never_is_no_panic() {
    for end in ["infinity", "275760-09-13 00:00:00"] {
        let pool = table("").await;
        node_sets(&pool, SID, r#""a":1"#, "UTC").await;
        let browser = visitor(&application(store(&pool).await).await, SID);
        run(&pool, &format!("update session set expire = '{end}'")).await;
        let reply = actix_web::rt::spawn(browser.get("/?get=a")).await;
        assert_eq!(reply.expect("no panic").body, "1", "{end}");
    }
}

#[actix_web::test]
async fn a_row_that_ends_never_does_not_hold_up_an_import() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, r#""a":1"#, "UTC").await;
    run(&pool, "update session set expire = 'infinity'").await;
    let moved = actix_web::rt::spawn(async move { express.move_into(&own, &Import::default()).await });
    moved.await.expect("no panic").expect("the move");
}

/// One service account whose session never ends, among nobody else.
#[actix_web::test]
async fn a_row_that_ends_never_says_nothing_about_time_zones() {
    let pool = table("").await;
    node_sets(&pool, SID, r#""a":1"#, "UTC").await;
    run(&pool, "update session set expire = 'infinity'").await;
    ExpressStore::builder(pool).time_zone("UTC").build().await.expect("it is no witness");
}

/// Writes down every event.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl tracing::field::Visit for Line<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let _ = writeln!(self.0, "{field}={value:?}");
    }
}

impl tracing::Subscriber for Ear {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "actix_pg_session"
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Line(&mut self.0.lock().expect("one thread")));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// The commonest row that is no object: JSON that was turned into JSON twice.
#[actix_web::test]
async fn the_log_quotes_nothing_of_a_row_that_cannot_be_read() {
    let pool = table("").await;
    node_sets(&pool, SID, r#""token":"very-secret-token""#, "UTC").await;
    run(&pool, "update session set sess = to_json(sess::text)").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    let browser = visitor(&application(express.clone()).await, SID);
    let ear = Ear::default();
    let _listens = tracing::subscriber::set_default(ear.clone());
    browser.get("/").await.assert_status(200);
    express.copy_into(&own, &Import::default()).await.expect("a copy");
    let heard = ear.0.lock().expect("one thread").clone();
    assert!(!heard.contains("very-secret-token"), "{heard}");
}

/// express-session 1.19 with a function for `cookie` stores the word as it is, and takes it for true.
#[actix_web::test]
async fn what_is_true_to_javascript_is_true_here() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .rolling(true)
        .trust_proxy(true)
        .build();
    let browser = on(sessions.expect("the options go together")).await;
    node_sets(&pool, SID, "", "UTC").await;
    run(&pool, r#"update session set sess = replace(sess::text, '"httpOnly":true', '"secure":"auto","httpOnly":true')::json"#)
        .await;
    let reply = visitor(&browser, SID).get("/").await;
    // Over plain HTTP a Secure cookie is withheld.
    assert!(reply.set_cookies().is_empty(), "{:?}", reply.set_cookies());
}

#[actix_web::test]
async fn a_cookie_that_cannot_be_written_costs_the_cookie_and_not_the_page() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    node_sets(&pool, SID, "", "UTC").await;
    run(&pool, r#"update session set sess = replace(sess::text, '"path":"/"', '"path":"/\n"')::json"#).await;
    visitor(&browser, SID).get("/?set=a:1").await.assert_status(200);
}

/// A `maxAge` beyond the year 9999, which JavaScript writes with a sign and six digits.
#[actix_web::test]
async fn a_time_beyond_the_year_9999_is_written_as_javascript_reads_it() {
    let pool = table("").await;
    node_sets(&pool, SID, r#""a":1"#, "UTC").await;
    run(
        &pool,
        r#"update session set expire = '33715-01-01', sess = regexp_replace(regexp_replace(sess::text,
            '"originalMaxAge":3600000', '"originalMaxAge":1000000000000000'),
            '"expires":"[^"]*"', '"expires":"+033715-01-01T00:00:00.000Z"')::json"#,
    )
    .await;
    visitor(&application(store(&pool).await).await, SID).get("/?set=b:1").await.assert_status(200);
    let row = text(&pool, SID).await;
    let year =
        row.split_once("\"expires\":\"").expect("a time").1.split('-').next().expect("a year").to_owned();
    assert!(year.len() == 4 || (year.len() == 7 && year.starts_with('+')), "{row}");
}

/// `_actix` is a value like any other to Node, and a handler of its may copy a whole form into the session.
#[actix_web::test]
async fn a_lifetime_without_bounds_in_a_row_is_no_outage() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    for (cookie, actix) in [
        (
            r#"{"originalMaxAge":null,"expires":null,"path":"/"}"#,
            actix("ann").replace("\"version\":1", "\"version\":1,\"idle\":18446744073709551615"),
        ),
        (r#"{"originalMaxAge":1e18,"expires":"2099-01-01T00:00:00.000Z","path":"/"}"#, r#""b":1"#.into()),
    ] {
        node_sets(&pool, SID, &actix, "UTC").await;
        run(&pool, &format!(r#"update session set sess = regexp_replace(sess::text, '"cookie":\{{[^}}]*\}}', '"cookie":{cookie}')::json"#)).await;
        visitor(&browser, SID).get("/?set=a:1").await.assert_status(200);
    }
}

/// Nobody's serializer writes it so; a migration by hand may. Until this was minded, the old time stayed.
#[actix_web::test]
async fn a_cookie_that_is_spelt_otherwise_is_brought_up_to_date() {
    let pool = table("").await;
    node_sets(&pool, SID, r#""a":1"#, "UTC").await;
    run(
        &pool,
        r#"update session set sess = replace(replace(sess::text, '"cookie"', '"c\u006fokie"'), '"expires":"2', '"\u0065xpires":"1')::json"#,
    )
    .await;
    visitor(&application(store(&pool).await).await, SID).get("/?set=b:1").await.assert_status(200);
    let row = text(&pool, SID).await;
    assert!(row.contains(r#""c\u006fokie":{"#) && row.contains(r#""\u0065xpires":"2"#), "{row}");
    assert!(!row.contains(r#""cookie""#) && !row.contains(r#""expires""#), "{row}");
}

/// `JSON.parse` minds no white space, and connect-pg-simple parses a string once more.
#[actix_web::test]
async fn an_object_in_a_string_is_one_with_white_space_before_it_too() {
    let pool = table("").await;
    node_sets(&pool, SID, r#""a":1"#, "UTC").await;
    run(&pool, "update session set sess = (e' \\n' || to_json(sess::text)::text)::json").await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    assert_eq!(browser.get("/?get=a").await.body, "1");
}

#[actix_web::test]
async fn times_that_postgresql_does_not_know_are_no_outage() {
    let pool = table("").await;
    let actix = actix("ann");
    let year = actix.split_once("\"createdAt\":\"").expect("a time").1[..4].to_owned();
    let ancient = actix.replace(&format!("\"createdAt\":\"{year}"), "\"createdAt\":\"-9999");
    node_sets(&pool, SID, &ancient, "UTC").await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    browser.get("/?set=a:1").await.assert_status(200);
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    let copied = express.copy_into(&own, &Import::default()).await.expect("a copy");
    assert_eq!((copied.added, copied.refused), (1, 0));
}
