//! What a review of "Express beside actix" found: each test says what ought to be, and fails.

#![cfg(all(feature = "express", feature = "test-util"))]
#![allow(missing_docs, dead_code)]

mod support;

#[path = "express_table/counter.rs"]
mod counter;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_pg_session::test_util::Browser;
use actix_pg_session::{ExpressStore, Import, Imported, OnError, PostgresStore, Session, SessionMiddleware};
use actix_web::{App, HttpResponse, web};
use counter::{HOUR, application, ask, node_sets, on, sid, store, table, text, visitor};
use sqlx::{AssertSqlSafe, PgPool};
use support::site::SECRET;

const SID: &str = "wYy9GpXnW2cV5kq7mT3rLbZ8sDfH1jNe";

async fn own_table(pool: &PgPool) -> PostgresStore {
    let own = PostgresStore::new(pool.clone());
    own.migrate().await.expect("the migrations apply");
    own
}

async fn run(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await.expect("the statement");
}

async fn sessions(pool: &PgPool) -> i64 {
    ask(pool, "select count(*) from sessions").await
}

// --- Cookies under the crate's own defaults ------------------------------------------------------

/// Step 2 of docs/express.md: the table stays, `express_defaults` goes.
#[actix_web::test]
async fn r01_a_secure_cookie_stays_secure_under_the_crate_s_own_defaults() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET).name("connect.sid").build();
    let browser = on(sessions.expect("the defaults go together")).await;
    let first = browser.get("/?set=a:1").await.set_cookies().remove(0);
    assert!(first.contains("; Secure") && first.contains("; SameSite=Lax"), "first: {first}");
    let second = browser.get("/?set=a:2").await.set_cookies().remove(0);
    assert!(second.contains("; Secure") && second.contains("; SameSite=Lax"), "second: {second}");
}

// --- Import ---------------------------------------------------------------------------------------

#[actix_web::test]
async fn r02_a_second_move_signs_nobody_out() {
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
async fn r02_an_import_from_another_table_leaves_that_of_the_first_alone() {
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
async fn r02_a_visitor_who_only_reads_in_the_new_table_is_not_ended_by_a_late_copy() {
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
async fn r10_a_deadline_that_was_set_between_two_copies_comes_along() {
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

fn actix(owner: &str) -> String {
    format!(
        r#""_actix":{{"id":"11111111-1111-8111-8111-111111111111","version":1,"owner":"{owner}","createdAt":"2026-01-01T00:00:00.000Z","seenAt":"2026-01-01T00:00:00.000Z"}}"#
    )
}

/// "Rows that cannot be read … stay where they are", and hold up nobody.
#[actix_web::test]
async fn r11_an_owner_that_the_table_cannot_hold_does_not_hold_up_the_import() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, r#""a":"good""#, "UTC").await;
    node_sets(&pool, "nul nul nul nul nul nul nul nul nul", &actix(r"a\u0000b"), "UTC").await;
    let moved = express.move_into(&own, &Import::default()).await;
    assert_eq!(moved.expect("the move").found, 1);
}

#[actix_web::test]
async fn r11_an_owner_that_is_too_long_for_the_index_does_not_hold_up_the_import() {
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
async fn r12_the_application_s_own_word_on_who_is_signed_in_goes_before_an_old_login_here() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, &format!(r#"{},"user":"bob""#, actix("ann")), "UTC").await;
    let import = Import::default().owner(|data| serde_json::from_str(data.get("user")?.get()).ok());
    express.move_into(&own, &import).await.expect("the move");
    let owner: String = ask(&pool, "select owner from sessions").await;
    assert_eq!(owner, "bob");
}

#[actix_web::test]
async fn r12_node_s_sign_out_of_a_user_whom_we_have_signed_in_is_a_sign_out_here() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    browser.get("/?set=user:ann&login=ann").await.assert_status(200);
    // `delete req.session.user`, as many Express applications sign out.
    run(&pool, "update session set sess = (sess::jsonb - 'user')::json").await;
    assert_eq!(browser.get("/?owner").await.body, "nobody");
}

#[actix_web::test]
async fn r20_after_a_move_the_table_is_empty() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, "", "UTC").await;
    run(&pool, "update session set expire = expire - interval '2 hours'").await;
    express.move_into(&own, &Import::default()).await.expect("the move");
    assert_eq!(ask::<i64>(&pool, "select count(*) from session").await, 0);
}

// --- The time zone --------------------------------------------------------------------------------

/// Two hundred visitors who have only read since they signed in, at times that have nothing to do with
/// each other; connect-pg-simple has moved the column and not the JSON. All in the right zone.
#[actix_web::test]
async fn r03_rows_that_were_touched_do_not_keep_the_application_from_starting() {
    let mut refused = Vec::new();
    let pool = table("").await;
    for trial in 0..20_u64 {
        run(&pool, "delete from session").await;
        for n in 0..200 {
            node_sets(&pool, &format!("session number {n:03} of a visitor of Node"), "", "UTC").await;
        }
        // Seconds since the sign-in, up to eight hours: a plain linear congruence, so that runs repeat.
        let mut seed = trial.wrapping_mul(7_919) + 17;
        for n in 0..200 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let seconds = 60 + (seed >> 33) % 28_800;
            run(
                &pool,
                &format!(
                    "update session set expire = expire + make_interval(secs => {seconds})
                    where sid = 'session number {n:03} of a visitor of Node'"
                ),
            )
            .await;
        }
        let built = ExpressStore::builder(pool.clone()).time_zone("UTC").build().await;
        refused.extend(built.err().map(|error| error.to_string()));
    }
    assert!(refused.is_empty(), "{} of 20 starts refused, e.g. {}", refused.len(), refused[0]);
}

/// `postgres -c timezone=…`, as a container is started; sessions are yet to come, so no row testifies.
#[actix_web::test]
async fn r13_a_zone_from_the_server_s_command_line_is_found_or_asked_for() {
    let cluster =
        xtask::postgres::Cluster::ephemeral_with(&[("timezone", "Asia/Kathmandu")]).expect("a server");
    let pool = support::pool_on(&cluster.url("postgres")).await;
    run(&pool, support::CONNECT_PG_SIMPLE).await;
    match ExpressStore::builder(pool.clone()).build().await {
        Ok(store) => assert_eq!(store.time_zone(), Some("Asia/Kathmandu")),
        Err(error) => assert!(error.to_string().contains("`time_zone`"), "{error}"),
    }
}

// --- Odd rows -------------------------------------------------------------------------------------

/// `infinity` is what an administrator writes for "never"; connect-pg-simple reads it as live.
#[actix_web::test]
async fn r05_a_row_that_ends_never_is_no_panic() {
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
async fn r05_a_row_that_ends_never_does_not_hold_up_an_import() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    node_sets(&pool, SID, r#""a":1"#, "UTC").await;
    run(&pool, "update session set expire = 'infinity'").await;
    let moved = actix_web::rt::spawn(async move { express.move_into(&own, &Import::default()).await });
    moved.await.expect("no panic").expect("the move");
}

/// One service account whose session never ends, among nobody else.
#[actix_web::test]
async fn r05_a_row_that_ends_never_says_nothing_about_time_zones() {
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
async fn r06_the_log_quotes_nothing_of_a_row_that_cannot_be_read() {
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
async fn r16_what_is_true_to_javascript_is_true_here() {
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
async fn r16_a_cookie_that_cannot_be_written_costs_the_cookie_and_not_the_page() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    node_sets(&pool, SID, "", "UTC").await;
    run(&pool, r#"update session set sess = replace(sess::text, '"path":"/"', '"path":"/\n"')::json"#).await;
    visitor(&browser, SID).get("/?set=a:1").await.assert_status(200);
}

/// A `maxAge` beyond the year 9999, which JavaScript writes with a sign and six digits.
#[actix_web::test]
async fn r17_a_time_beyond_the_year_9999_is_written_as_javascript_reads_it() {
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
async fn r17_a_lifetime_without_bounds_in_a_row_is_no_outage() {
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

// --- Replies --------------------------------------------------------------------------------------

/// Invariant 10 of docs/design.md: a cookie is only set by a response whose own write found the session
/// alive. `rolling`, with touches as rare as docs/express.md says they may be.
#[actix_web::test]
async fn r04_a_slow_reply_does_not_put_a_dead_id_over_a_new_one() {
    let pool = table("").await;
    let gate = web::Data::new(support::gate::Gate::default());
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .resave(false)
        .rolling(true)
        .max_age(HOUR)
        .touch_after(0.1, Duration::from_secs(300))
        .build();
    let app = App::new()
        .app_data(gate.clone())
        .wrap(sessions.expect("the options go together"))
        .configure(support::script::routes);
    let browser = Browser::new(app).await;
    browser.get("/?set=a:1").await.assert_status(200);
    let slow = actix_web::rt::spawn(browser.get("/?wait"));
    gate.wait_for(1).await;
    browser.get("/?login=ann").await.assert_status(200);
    let signed_in = sid(&browser);
    gate.open(1);
    let late = slow.await.expect("a reply");
    assert_eq!(sid(&browser), signed_in, "the late reply set {:?}", late.set_cookies());
}

/// The same request under the crate's own habits keeps its cookie (`cookie_owed`).
#[actix_web::test]
async fn r18_a_session_that_was_saved_by_hand_is_not_lost_when_the_handler_then_fails() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .save_uninitialized(false)
        .on_error(OnError::Drop)
        .build();
    let browser = on(sessions.expect("the options go together")).await;
    let reply = browser.get("/?set=a:1&save&fail=500").await;
    assert_eq!(ask::<i64>(&pool, "select count(*) from session").await, 1);
    assert_eq!(reply.set_cookies().len(), 1, "the row is there, and nobody knows its id");
}

// --- Ids and lifetimes ----------------------------------------------------------------------------

thread_local! {
    static KEPT: std::cell::RefCell<Option<Session>> = const { std::cell::RefCell::new(None) };
}

#[actix_web::test]
async fn r15_the_id_that_is_told_after_the_response_is_the_session_s() {
    async fn page(session: Session) -> actix_web::Result<HttpResponse> {
        session.insert("a", 1)?;
        KEPT.set(Some(session));
        Ok(HttpResponse::Ok().finish())
    }
    let pool = table("").await;
    let build =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().build().expect("built");
    let browser = Browser::new(App::new().wrap(build).route("/", web::get().to(page))).await;
    browser.get("/").await.assert_status(200);
    let told = KEPT.take().expect("a session").session_id();
    assert!(told.as_ref().is_err() || told.as_deref().ok() == Some(&*sid(&browser)), "{told:?}");
}

#[actix_web::test]
async fn r15_after_destroy_the_id_is_still_the_one_that_was() {
    async fn page(session: Session) -> actix_web::Result<HttpResponse> {
        let before = session.session_id()?;
        session.destroy()?;
        let after = session.session_id()?;
        Ok(HttpResponse::Ok().body((before == after).to_string()))
    }
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    let build =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().build().expect("built");
    let browser = Browser::new(App::new().wrap(build).route("/", web::get().to(page))).await;
    assert_eq!(visitor(&browser, SID).get("/").await.body, "true", "as req.sessionID");
}

#[actix_web::test]
async fn r14_set_max_age_leaves_a_session_s_own_deadline_alone() {
    async fn remember(session: Session) -> actix_web::Result<HttpResponse> {
        session.insert("a", 1)?;
        session.set_lifetime(actix_pg_session::Lifetime::new(HOUR, 8 * HOUR))?;
        Ok(HttpResponse::Ok().finish())
    }
    async fn longer(session: Session) -> actix_web::Result<HttpResponse> {
        session.set_max_age(2 * HOUR)?;
        Ok(HttpResponse::Ok().finish())
    }
    let pool = table("").await;
    let build =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().build().expect("built");
    let app = App::new()
        .wrap(build)
        .route("/remember", web::get().to(remember))
        .route("/longer", web::get().to(longer));
    let browser = Browser::new(app).await;
    browser.get("/remember").await.assert_status(200);
    assert!(ask::<bool>(&pool, "select sess -> '_actix' -> 'deadline' is not null from session").await);
    browser.get("/longer").await.assert_status(200);
    assert!(ask::<bool>(&pool, "select sess -> '_actix' -> 'deadline' is not null from session").await);
}

// --- The store's build ----------------------------------------------------------------------------

#[actix_web::test]
async fn r08_a_store_without_prepared_statements_prepares_none_while_it_is_built() {
    let pool = table("").await;
    let one = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("a connection");
    ExpressStore::builder(one.clone()).prepared_statements(false).build().await.expect("a store");
    let names: Vec<String> = sqlx::query_scalar("select statement from pg_prepared_statements")
        .persistent(false)
        .fetch_all(&one)
        .await
        .expect("names");
    assert!(names.is_empty(), "{} prepared: {:?}", names.len(), names.first());
}

/// docs/express.md: "What is wrong with a table is said when the store is built."
#[actix_web::test]
async fn r09_a_column_that_must_be_filled_by_others_is_said_at_start() {
    let pool = table("alter table session add tenant text not null").await;
    let built = ExpressStore::builder(pool).build().await;
    assert!(built.is_err(), "and every new session would be a 503");
}

#[actix_web::test]
async fn r09_a_sid_that_is_too_short_for_our_ids_is_said_at_start() {
    let pool = table("alter table session alter sid type varchar(32)").await;
    let built = ExpressStore::builder(pool).build().await;
    assert!(built.is_err(), "and every new session would be a 503");
}

#[actix_web::test]
async fn r09_a_browser_with_a_long_name_gets_a_session_in_a_table_that_was_accepted() {
    let pool = table("alter table session add owner text, add ip inet, add user_agent varchar(100)").await;
    let Ok(store) = ExpressStore::builder(pool.clone()).admin_columns(true).build().await else { return };
    let sessions = SessionMiddleware::builder(store, SECRET).express_defaults().build().expect("built");
    let service = actix_web::test::init_service(App::new().wrap(sessions).route(
        "/",
        web::get().to(async |session: Session| session.insert("a", 1).map(|()| HttpResponse::Ok().finish())),
    ))
    .await;
    let request = actix_web::test::TestRequest::get().insert_header(("user-agent", "x".repeat(101)));
    let response = actix_web::test::call_service(&service, request.to_request()).await;
    assert_eq!(response.status(), 200);
}

/// Ids fit (43), marks of ended ones do not (70).
#[actix_web::test]
async fn r09_a_sign_out_works_in_a_table_in_which_a_sign_in_does() {
    let pool = table("alter table session alter sid type varchar(64)").await;
    let Ok(store) = ExpressStore::builder(pool.clone()).build().await else { return };
    let sessions = SessionMiddleware::builder(store, SECRET).name("connect.sid").secure(false).build();
    let browser = on(sessions.expect("the options go together")).await;
    browser.get("/?set=a:1").await.assert_status(200);
    browser.get("/?logout").await.assert_status(200);
    assert_eq!(ask::<i64>(&pool, "select count(*) from session where sid not like 'ended:%'").await, 0);
}

#[actix_web::test]
async fn r21_a_table_of_the_longest_name_can_be_made() {
    let pool = support::pool().await;
    let built = ExpressStore::builder(pool).table("t".repeat(63)).create_table_if_missing(true).build().await;
    built.expect("the name passes the check, so the table is made");
}

// --- Concurrency and cost -------------------------------------------------------------------------

/// An id that has ended here stays ended for the grace, whoever inserts it again.
#[actix_web::test]
async fn r07_a_session_that_node_brings_back_is_ended_for_as_long_as_we_remember_its_end() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .resave(false)
        .save_uninitialized(false)
        .late_grace(Duration::from_secs(600))
        .build();
    let browser = visitor(&on(sessions.expect("the options go together")).await, SID);
    node_sets(&pool, SID, r#""user":"ann""#, "UTC").await;
    browser.get("/?logout").await.assert_status(200);
    // A request of Node's that was under way saves what it had.
    node_sets(&pool, SID, r#""user":"ann""#, "UTC").await;
    assert_eq!(browser.get("/?get=user").await.body, "nothing");
}

#[actix_web::test]
async fn r07_a_late_sign_out_ends_the_renewed_session_though_node_has_brought_the_old_one_back() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .resave(false)
        .late_grace(Duration::from_secs(600))
        .build();
    let application = on(sessions.expect("the options go together")).await;
    let browser = visitor(&application, SID);
    node_sets(&pool, SID, r#""user":"ann""#, "UTC").await;
    let late = visitor(&application, SID);
    browser.get("/?renew").await.assert_status(200);
    node_sets(&pool, SID, r#""user":"ann""#, "UTC").await;
    late.get("/?logout").await.assert_status(200);
    assert_eq!(browser.get("/?get=user").await.body, "nothing");
}

#[actix_web::test]
async fn r07_a_mark_that_has_expired_makes_room_for_the_next() {
    let pool = table("").await;
    let sessions = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .resave(false)
        .late_grace(Duration::from_secs(600))
        .build();
    let browser = visitor(&on(sessions.expect("the options go together")).await, SID);
    node_sets(&pool, SID, "", "UTC").await;
    browser.get("/?logout").await.assert_status(200);
    // The grace passes, nobody prunes, Node brings the session back, and the visitor signs out again.
    run(&pool, "update session set expire = expire - interval '1 hour'").await;
    node_sets(&pool, SID, "", "UTC").await;
    browser.get("/?logout").await.assert_status(200);
    let marks: i64 = ask(
        &pool,
        "select count(*) from session where sid like 'ended:%' and expire > now() at time zone 'UTC'",
    )
    .await;
    assert_eq!(marks, 1);
}

async fn transactions(pool: &PgPool) -> i64 {
    run(pool, "select pg_stat_force_next_flush()").await;
    ask(pool, "select xact_commit from pg_stat_database where datname = current_database()").await
}

/// A page of forty parts, each of which counts as use.
#[actix_web::test]
async fn r19_forty_requests_at_once_cost_about_forty_touches() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    let own = sqlx::postgres::PgPoolOptions::new()
        .max_connections(40)
        .min_connections(40)
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("connections");
    let browser = visitor(&application(store(&own).await).await, SID);
    // Every connection has its statements prepared.
    futures_util::future::join_all((0..40).map(|_| browser.get("/")).collect::<Vec<_>>()).await;
    let before = transactions_of(&own, &pool).await;
    let begin = Instant::now();
    futures_util::future::join_all((0..40).map(|_| browser.get("/")).collect::<Vec<_>>()).await;
    let took = begin.elapsed();
    let statements = transactions_of(&own, &pool).await - before;
    // A load, a read and a write for each; twice that would be generous.
    assert!(statements <= 240, "{statements} statements for 40 requests, in {took:?}");
}

/// Lets every connection of `of` tell what it did, and reads the sum.
async fn transactions_of(of: &PgPool, pool: &PgPool) -> i64 {
    let mut all = Vec::new();
    for _ in 0..40 {
        all.push(of.acquire().await.expect("a connection"));
    }
    for connection in &mut all {
        sqlx::raw_sql("select pg_stat_force_next_flush()").execute(&mut **connection).await.expect("flushed");
    }
    drop(all);
    transactions(pool).await
}

/// Node puts no limit to a session. This one has a megabyte.
#[actix_web::test]
async fn r22_the_time_for_a_session_of_many_values_grows_with_their_number_and_not_its_square() {
    let pool = table("").await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    let mut took = Vec::new();
    for number in [5_000, 40_000] {
        let mut values = String::new();
        for n in 0..number {
            let _ = write!(values, "{}\"name{n:06}\":{n}", if n == 0 { "" } else { "," });
        }
        node_sets(&pool, SID, &values, "UTC").await;
        let begin = Instant::now();
        browser.get("/?get=name000001").await.assert_status(200);
        took.push(begin.elapsed().as_secs_f64());
    }
    assert!(took[1] < 20.0 * took[0], "5,000: {:.2} s, 40,000: {:.2} s", took[0], took[1]);
}

/// A session until the browser closes has no time in its text: a touch has nothing to write there.
#[actix_web::test]
async fn r23_a_touch_that_changes_no_text_writes_none() {
    let pool = table("").await;
    let big: String =
        ask(&pool, "select string_agg(md5(n::text), '') from generate_series(1, 30000) as n").await;
    node_sets(&pool, SID, &format!(r#""big":"{big}""#), "UTC").await;
    run(
        &pool,
        r#"update session set sess = regexp_replace(sess::text, '^\{"cookie":\{[^}]*\}',
            '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}')::json"#,
    )
    .await;
    let sessions =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().resave(false).build();
    let browser = visitor(&on(sessions.expect("the options go together")).await, SID);
    browser.get("/").await.assert_status(200);
    let before: String = ask(&pool, "select pg_current_wal_lsn()::text").await;
    browser.get("/").await.assert_status(200);
    let written: i64 = sqlx::query_scalar("select (pg_current_wal_lsn() - $1::pg_lsn)::int8")
        .bind(before)
        .fetch_one(&pool)
        .await
        .expect("a number");
    assert!(written < 20_000, "{written} bytes of WAL to note that somebody was here");
}

/// A role that may read and not write: row level security lets updates find nothing, without an error.
#[actix_web::test]
async fn r24_a_row_that_can_be_read_and_not_written_is_an_error_and_no_endless_loop() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    run(
        &pool,
        "create function keep() returns trigger language plpgsql as 'begin return null; end';
        create trigger keep before update on session for each row execute function keep()",
    )
    .await;
    let build = SessionMiddleware::builder(store(&pool).await, SECRET)
        .express_defaults()
        .store_timeout(Duration::from_secs(2))
        .build();
    let browser = visitor(&on(build.expect("the options go together")).await, SID);
    let before = transactions(&pool).await;
    browser.get("/?set=a:1").await;
    actix_web::rt::time::sleep(Duration::from_secs(2)).await;
    let statements = transactions(&pool).await - before;
    assert!(statements < 100, "{statements} statements for one request");
}

/// Two hundred requests that each store a value of their own: nobody's reason to wait for anybody else.
#[actix_web::test]
async fn r19_two_hundred_saves_at_once_are_all_answered() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    let wide = sqlx::postgres::PgPoolOptions::new()
        .max_connections(100)
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("connections");
    let browser = visitor(&application(store(&wide).await).await, SID);
    let begin = Instant::now();
    let all = (0..200).map(|n| browser.get(&format!("/?set=n{n}:{n}"))).collect::<Vec<_>>();
    let replies = futures_util::future::join_all(all).await;
    let took = begin.elapsed();
    let refused = replies.iter().filter(|reply| reply.status == 503).count();
    println!("200 saves in {took:?}, {refused} refused");
    assert_eq!(refused, 0, "of 200 in {took:?}");
}

/// A value as deep as Node writes it, before and after a save of Node's during the request.
#[actix_web::test]
async fn r26_values_as_deep_as_node_writes_them_do_not_end_the_process() {
    if std::env::var_os("R26_CHILD").is_none() {
        // An overflow of the stack ends the process, so it happens in another one.
        let child = std::process::Command::new(std::env::current_exe().expect("a path"))
            .args(["--exact", "r26_values_as_deep_as_node_writes_them_do_not_end_the_process"])
            .env("R26_CHILD", "1")
            .output()
            .expect("the child runs");
        assert!(child.status.success(), "{}: {}", child.status, String::from_utf8_lossy(&child.stderr));
        return;
    }
    async fn page(session: Session, gate: web::Data<support::gate::Gate>) -> actix_web::Result<HttpResponse> {
        gate.pass().await;
        session.reload().await?;
        Ok(HttpResponse::Ok().finish())
    }
    let pool = table("").await;
    let deep = |inner: &str| format!(r#""deep":{}{inner}{}"#, "[".repeat(DEPTH), "]".repeat(DEPTH));
    node_sets(&pool, SID, &deep("1"), "UTC").await;
    let gate = web::Data::new(support::gate::Gate::default());
    let build =
        SessionMiddleware::builder(store(&pool).await, SECRET).express_defaults().resave(false).build();
    let app = App::new().app_data(gate.clone()).wrap(build.expect("built")).route("/", web::get().to(page));
    let browser = visitor(&Browser::new(app).await, SID);
    let reply = actix_web::rt::spawn(browser.get("/"));
    gate.wait_for(1).await;
    node_sets(&pool, SID, &deep(if std::env::var_os("R26_SAME").is_some() { "1" } else { "2" }), "UTC").await;
    gate.open(1);
    reply.await.expect("a reply").assert_status(200);
}

const DEPTH: usize = 3000;
