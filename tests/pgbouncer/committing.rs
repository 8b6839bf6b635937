//! A connection between PgBouncer and the server breaks after a commit, and before PgBouncer hears of it.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{PostgresStore, Session, SessionMiddleware};
use actix_web::{App, Result, web};
use xtask::postgres::PgBouncer;

use crate::proxy::{Did, End, Proxy, Trap};
use crate::support::gate::{PATIENCE, until};
use crate::support::site::SECRET;
use crate::support::{count, migrated, pool_on, server_url};
use crate::{pool, restart};

async fn order(session: Session) -> Result<&'static str> {
    let transaction = session.begin_transaction().await?;
    session.insert("ordered", 1)?;
    Ok(match session.commit(transaction).await {
        Ok(()) => "ordered",
        Err(error) if error.is_outcome_unknown() => "perhaps",
        Err(_) => "not ordered",
    })
}

async fn visit(session: Session) -> Result<&'static str> {
    session.insert("visited", 1)?;
    Ok("")
}

/// Who is told that nothing was ordered orders once more.
#[actix_web::test]
async fn a_commit_that_pgbouncer_has_not_heard_of_is_not_told_as_a_refusal() {
    let direct = migrated().await;
    let server = server_url();
    let proxy =
        Proxy::start(restart::server_of(&server).parse().expect("an address")).await.expect("a proxy");
    let through = server.replacen(restart::server_of(&server), &proxy.address().to_string(), 1);
    let bouncer = PgBouncer::before(&through, 3, &[]).expect("a PgBouncer");
    let url = bouncer.url(direct.rsplit('/').next().expect("a database"));
    let store = PostgresStore::builder(pool(&url).await).prepared_statements(false).build();
    let sessions = SessionMiddleware::builder(store.expect("good settings"), SECRET).store_timeout(PATIENCE);
    let app = App::new()
        .wrap(sessions.build().expect("the options go together"))
        .route("/visit", web::get().to(visit))
        .route("/order", web::get().to(order));
    let browser = Browser::new(app).await;
    browser.get("/visit").await.assert_status(200);

    proxy.arm(Trap::Unheard { end: End::Reset });
    let reply = browser.get("/order").await;
    assert_eq!((reply.status.as_u16(), &*reply.body), (200, "perhaps"), "{reply}");
    assert_eq!(proxy.counters().of(Did::Unheard), 1);
    let ordered = "select count(*) from sessions where data ? 'ordered'";
    let outside = pool_on(&direct).await;
    until("it was committed", async || count(&outside, ordered).await == 1).await;
}
