//! A session committed together with what the application writes.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{
    Caching, Heard, MemoryStore, PostgresStore, Session, SessionEvents, SessionMiddleware,
    SessionMiddlewareBuilder, SessionStore, WhenFull,
};
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpResponse, Result, error};
use futures_util::future::poll_immediate;
use sqlx::{PgPool, Postgres, Transaction};

use crate::site::{cookie_of, read};
use crate::support::gate::{PATIENCE, until};
use crate::support::site::SECRET;
use crate::support::{count, pool, store};

/// A site that writes down who does what, together with the session, and what happens on it.
async fn audited(store: impl SessionStore, pool: &PgPool) -> (Browser, SessionEvents) {
    audited_with(store, pool, |sessions| sessions).await
}

async fn audited_with(
    store: impl SessionStore,
    pool: &PgPool,
    options: impl FnOnce(SessionMiddlewareBuilder) -> SessionMiddlewareBuilder,
) -> (Browser, SessionEvents) {
    sqlx::raw_sql("create table audit (who text, what text)").execute(pool).await.expect("a table");
    let sessions = options(SessionMiddleware::builder(store, SECRET).store_timeout(PATIENCE)).build();
    let sessions = sessions.expect("the options go together");
    let events = sessions.events();
    let app = App::new()
        .app_data(Data::new(pool.clone()))
        .wrap(sessions)
        .route("/set/{name}", web::get().to(set))
        .route("/values", web::get().to(values))
        .route("/owner", web::get().to(owner))
        .route("/login/{owner}", web::get().to(login))
        .route("/login-and-set/{owner}", web::get().to(login_and_set))
        .route("/login-unwatched/{owner}", web::get().to(login_unwatched))
        .route("/login-over-nothing/{owner}", web::get().to(login_over_nothing))
        .route("/order", web::get().to(order))
        .route("/order-too-late", web::get().to(order_too_late))
        .route("/logout", web::get().to(logout))
        .route("/nothing", web::get().to(nothing))
        .route("/nothing-works", web::get().to(nothing_works));
    (Browser::new(app).await, events)
}

/// A transaction with a line in the audit's table.
async fn audit(pool: &PgPool, who: &str, what: &str) -> Result<Transaction<'static, Postgres>> {
    let mut transaction = pool.begin().await.map_err(error::ErrorServiceUnavailable)?;
    let line = sqlx::query("insert into audit values ($1, $2)").bind(who.to_owned()).bind(what.to_owned());
    // Not prepared under a name: there may be a PgBouncer in between.
    line.persistent(false).execute(&mut *transaction).await.map_err(error::ErrorServiceUnavailable)?;
    Ok(transaction)
}

async fn set(session: Session, name: Path<String>) -> Result<&'static str> {
    session.insert(&**name, 1)?;
    Ok("set")
}

async fn values(session: Session) -> String {
    session.entries().into_keys().collect::<Vec<_>>().join(" ")
}

async fn owner(session: Session) -> String {
    session.owner().unwrap_or_else(|| "nobody".into())
}

async fn login(session: Session, pool: Data<PgPool>, owner: Path<String>) -> Result<HttpResponse> {
    let transaction = audit(&pool, &owner, "in").await?;
    session.login(owner.into_inner())?;
    match session.commit(transaction).await {
        Err(error) if error.is_outcome_unknown() => Ok(HttpResponse::GatewayTimeout().body("perhaps")),
        committed => Ok(committed.map(|()| HttpResponse::Ok().body("signed in"))?),
    }
}

/// What comes after the commit is saved with the response.
async fn login_and_set(session: Session, pool: Data<PgPool>, owner: Path<String>) -> Result<&'static str> {
    let transaction = audit(&pool, &owner, "in").await?;
    session.login(owner.into_inner())?;
    session.commit(transaction).await?;
    session.insert("welcome", true)?;
    Ok("signed in")
}

/// Begins to commit, and does not wait for it.
async fn login_unwatched(session: Session, pool: Data<PgPool>, owner: Path<String>) -> Result<&'static str> {
    let transaction = audit(&pool, &owner, "in").await?;
    session.login(owner.into_inner())?;
    assert!(poll_immediate(session.commit(transaction)).await.is_none(), "it takes a while");
    Ok("who knows")
}

/// Signs in over a session that is ended meanwhile.
async fn login_over_nothing(
    session: Session,
    pool: Data<PgPool>,
    owner: Path<String>,
) -> Result<&'static str> {
    sqlx::raw_sql("delete from sessions").execute(&**pool).await.map_err(error::ErrorServiceUnavailable)?;
    let transaction = audit(&pool, &owner, "in").await?;
    session.login(owner.into_inner())?;
    session.commit(transaction).await?;
    Ok("signed in")
}

async fn order(session: Session, pool: Data<PgPool>) -> Result<&'static str> {
    let transaction = audit(&pool, "somebody", "ordered").await?;
    session.clear()?;
    session.commit(transaction).await?;
    Ok("ordered")
}

async fn order_too_late(session: Session, pool: Data<PgPool>) -> Result<HttpResponse> {
    sqlx::raw_sql("delete from sessions").execute(&**pool).await.map_err(error::ErrorServiceUnavailable)?;
    let transaction = audit(&pool, "somebody", "ordered").await?;
    session.clear()?;
    match session.commit(transaction).await {
        Err(error) if error.is_gone() => Ok(HttpResponse::Conflict().body("you were signed out")),
        other => panic!("the session is gone, and not {other:?}"),
    }
}

async fn logout(session: Session, pool: Data<PgPool>) -> Result<&'static str> {
    let transaction = audit(&pool, "ann", "out").await?;
    session.logout()?;
    session.commit(transaction).await?;
    Ok("signed out")
}

async fn nothing(session: Session, pool: Data<PgPool>) -> Result<&'static str> {
    session.commit(audit(&pool, "somebody", "looked").await?).await?;
    Ok("looked")
}

/// One of the application's own statements fails, and it goes on as if nothing were the matter.
async fn nothing_works(session: Session, pool: Data<PgPool>) -> Result<&'static str> {
    let mut transaction = audit(&pool, "somebody", "looked").await?;
    assert!(sqlx::raw_sql("select 1 / 0").execute(&mut *transaction).await.is_err());
    session.commit(transaction).await?;
    Ok("looked")
}

async fn audited_lines(pool: &PgPool) -> i64 {
    count(pool, "select count(*) from audit").await
}

async fn signed_in(pool: &PgPool) -> i64 {
    count(pool, "select count(owner) from sessions").await
}

/// What was told so far.
async fn told(events: &mut SessionEvents) -> usize {
    let mut told = 0;
    while let Some(Some(Heard::Event(_))) = poll_immediate(events.next()).await {
        told += 1;
    }
    told
}

#[actix_web::test]
async fn a_sign_in_and_its_line_in_the_audit_are_there_together() {
    let store = store().await;
    let pool = store.pool().clone();
    let (browser, mut events) = audited(store, &pool).await;
    read(&browser, "/set/cart").await;
    told(&mut events).await;
    let reply = browser.get("/login/ann").await;
    assert_eq!((&*reply.body, cookie_of(&reply)), ("signed in", Some("set")));
    assert_eq!((audited_lines(&pool).await, signed_in(&pool).await), (1, 1));
    assert_eq!(told(&mut events).await, 2, "one has begun in the place of another");
    assert_eq!(read(&browser, "/owner").await, "ann");
    assert_eq!(read(&browser, "/values").await, "cart");

    read(&browser, "/login-and-set/ann").await;
    assert_eq!(read(&browser, "/values").await, "cart welcome");
    let reply = browser.get("/logout").await;
    assert_eq!((&*reply.body, cookie_of(&reply)), ("signed out", Some("removed")));
    assert_eq!((audited_lines(&pool).await, signed_in(&pool).await), (3, 0));
}

#[actix_web::test]
async fn if_the_database_refuses_to_commit_neither_is_there() {
    let store = store().await;
    let pool = store.pool().clone();
    let (browser, mut events) = audited(store, &pool).await;
    read(&browser, "/set/cart").await;
    told(&mut events).await;
    at_commit(&pool, "raise exception 'no more lines today'").await;
    let reply = browser.get("/login/ann").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (503, None));
    assert_eq!((audited_lines(&pool).await, signed_in(&pool).await), (0, 0));
    assert_eq!(told(&mut events).await, 0, "nothing has happened");
    assert_eq!(read(&browser, "/values").await, "cart", "the visitor is who they were");
    assert_eq!(read(&browser, "/owner").await, "nobody");
}

#[actix_web::test]
async fn if_nobody_knows_what_became_of_the_commit_that_is_said_and_no_cookie_sent() {
    let store = store().await;
    let pool = store.pool().clone();
    let (browser, mut events) = audited(store, &pool).await;
    at_commit(&pool, "perform pg_terminate_backend(pg_backend_pid())").await;
    let reply = browser.get("/login/ann").await;
    assert_eq!((reply.status.as_u16(), &*reply.body, cookie_of(&reply)), (504, "perhaps", None));
    assert_eq!(told(&mut events).await, 0);
    assert_eq!(read(&browser, "/owner").await, "nobody");
}

/// Lets something happen when a line of the audit is about to be committed.
async fn at_commit(pool: &PgPool, what: &str) {
    let trigger = format!(
        "create function meddle() returns trigger language plpgsql as $$ begin {what}; return null; end $$;
        create constraint trigger meddle after insert on audit deferrable initially deferred
            for each row execute function meddle()"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(trigger)).execute(pool).await.expect("a trigger");
}

#[actix_web::test]
async fn a_session_that_was_ended_meanwhile_takes_the_applications_part_along() {
    let store = store().await;
    let pool = store.pool().clone();
    let (browser, _) = audited(store, &pool).await;
    read(&browser, "/set/cart").await;
    let reply = browser.get("/order-too-late").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (409, None));
    assert_eq!(audited_lines(&pool).await, 0);

    read(&browser, "/set/cart").await;
    read(&browser, "/order").await;
    assert_eq!((audited_lines(&pool).await, read(&browser, "/values").await), (1, String::new()));

    read(&browser.another(), "/order").await;
    assert_eq!(audited_lines(&pool).await, 2, "a stranger has no session to lose");
}

#[actix_web::test]
async fn a_sign_in_over_a_session_that_was_ended_begins_without_a_thing_of_it() {
    let store = store().await;
    let pool = store.pool().clone();
    let (browser, _) = audited(store, &pool).await;
    read(&browser, "/set/cart").await;
    read(&browser, "/login-over-nothing/ann").await;
    assert_eq!((audited_lines(&pool).await, signed_in(&pool).await), (1, 1));
    assert_eq!(
        (read(&browser, "/owner").await, read(&browser, "/values").await),
        ("ann".into(), String::new())
    );
}

#[actix_web::test]
async fn a_session_with_nothing_to_save_leaves_the_transaction_to_be_committed() {
    let store = store().await;
    let pool = store.pool().clone();
    let (browser, _) = audited(store, &pool).await;
    let reply = browser.get("/nothing").await;
    assert_eq!((&*reply.body, cookie_of(&reply)), ("looked", None));
    assert_eq!((audited_lines(&pool).await, count(&pool, "select count(*) from sessions").await), (1, 0));
}

#[actix_web::test]
async fn a_commit_that_has_begun_is_carried_out_if_nobody_waits_for_it() {
    let store = store().await;
    let pool = store.pool().clone();
    let (browser, _) = audited(store, &pool).await;
    browser.get("/login-unwatched/ann").await;
    until("it is committed", async || audited_lines(&pool).await == 1).await;
    assert_eq!(signed_in(&pool).await, 1);
}

#[actix_web::test]
async fn behind_a_cache_what_was_committed_is_known_at_once() {
    let pool = pool().await;
    let store = PostgresStore::new(pool.clone()).cached(Caching::new(100).max_silence(PATIENCE));
    store.migrate().await.expect("the migrations apply");
    store.caught_up().await;
    let (browser, _) = audited(store.clone(), &pool).await;
    for _ in 0..5 {
        read(&browser, "/login/ann").await;
        assert_eq!(read(&browser, "/owner").await, "ann");
        assert_eq!(read(&browser, "/owner").await, "ann");
        let cookies = browser.cookies();
        read(&browser, "/set/cart").await;
        read(&browser, "/order").await;
        assert_eq!(read(&browser, "/values").await, "");
        read(&browser, "/logout").await;
        let late = browser.another();
        cookies.iter().for_each(|cookie| late.set_cookie(&cookie.name, &cookie.value));
        assert_eq!(read(&late, "/owner").await, "nobody");
    }
    assert!(store.stats().hits > 0, "some of it was answered by the cache");
}

#[actix_web::test]
async fn a_store_that_cannot_do_it_says_so_and_nothing_is_committed() {
    let pool = pool().await;
    let (browser, _) = audited(MemoryStore::new(), &pool).await;
    let reply = browser.get("/login/ann").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (500, None));
    assert_eq!(audited_lines(&pool).await, 0);
}

#[actix_web::test]
async fn what_postgresql_has_given_up_already_is_not_taken_for_committed() {
    let store = store().await;
    let pool = store.pool().clone();
    let (browser, _) = audited(store, &pool).await;
    browser.get("/nothing-works").await.assert_status(503);
    assert_eq!(audited_lines(&pool).await, 0);
    assert_eq!(read(&browser, "/nothing").await, "looked", "the connection is as good as before");
    assert_eq!(audited_lines(&pool).await, 1);
}

#[actix_web::test]
async fn a_sign_in_that_is_refused_takes_its_line_in_the_audit_along() {
    let store = store().await;
    let pool = store.pool().clone();
    let (first, mut events) =
        audited_with(store, &pool, |sessions| sessions.sessions_per_owner(1, WhenFull::Refuse)).await;
    let second = first.another();
    read(&first, "/login/ann").await;
    assert_eq!(told(&mut events).await, 1);
    let reply = second.get("/login/ann").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (409, None));
    assert_eq!((audited_lines(&pool).await, signed_in(&pool).await, told(&mut events).await), (1, 1, 0));
}

#[actix_web::test]
async fn behind_a_cache_a_sign_in_too_many_ends_an_older_one_when_it_is_committed() {
    let pool = pool().await;
    let store = PostgresStore::new(pool.clone()).cached(Caching::new(100).max_silence(PATIENCE));
    store.migrate().await.expect("the migrations apply");
    store.caught_up().await;
    let (first, mut events) =
        audited_with(store, &pool, |sessions| sessions.sessions_per_owner(1, WhenFull::Evict)).await;
    let second = first.another();
    read(&first, "/login/ann").await;
    assert_eq!(read(&first, "/owner").await, "ann");
    told(&mut events).await;

    at_commit(&pool, "if new.what = 'in' and new.who = 'eve' then raise exception 'no'; end if").await;
    read(&second, "/login/ann").await;
    assert_eq!(
        (read(&first, "/owner").await, read(&second, "/owner").await),
        ("nobody".into(), "ann".into())
    );
    assert_eq!(told(&mut events).await, 2, "one was evicted, one has begun");
    second.get("/login/eve").await.assert_status(503);
    assert_eq!(read(&second, "/owner").await, "ann");
    assert_eq!((audited_lines(&pool).await, told(&mut events).await), (2, 0));
}
