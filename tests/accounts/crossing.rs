//! Sign-ins within a limit that cross another one, together with what the application writes.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{
    EndReason, Heard, OwnerLimit, PostgresStore, Session, SessionEvent, SessionEvents, SessionMiddleware,
    WhenFull,
};
use actix_web::web::{self, Data as AppData};
use actix_web::{App, Result, error};
use futures_util::future::poll_immediate;

use crate::hurry::{LIVE, sign_in_within};
use crate::site::{cookie_of, read};
use crate::support::gate::{PATIENCE, at_once};
use crate::support::site::SECRET;
use crate::support::{blocked, count, store};

const ONE: OwnerLimit = OwnerLimit { most: 1, when_full: WhenFull::Evict };

/// A site where Ann may be signed in once. It is more patient than the test.
async fn site(store: &PostgresStore) -> (Browser, SessionEvents) {
    let sessions = SessionMiddleware::builder(store.clone(), SECRET).store_timeout(10 * PATIENCE);
    let sessions = sessions.sessions_per_owner(1, WhenFull::Evict).build().expect("the options go together");
    let events = sessions.events();
    let app = App::new()
        .app_data(AppData::new(store.clone()))
        .wrap(sessions)
        .route("/cart", web::get().to(cart))
        .route("/login", web::get().to(login))
        .route("/login-over-nothing", web::get().to(login_over_nothing))
        .route("/login-crossed", web::get().to(login_crossed));
    (Browser::new(app).await, events)
}

async fn cart(session: Session) -> Result<&'static str> {
    session.insert("cart", 1)?;
    Ok("filled")
}

async fn login(session: Session) -> Result<&'static str> {
    session.login("ann")?;
    Ok("signed in")
}

/// The session that it comes with is ended meanwhile.
async fn login_over_nothing(session: Session, store: AppData<PostgresStore>) -> Result<&'static str> {
    session.login("ann")?;
    let transaction = session.begin_transaction().await?;
    let anonymous = sqlx::query("delete from sessions where owner is null").execute(store.pool()).await;
    assert_eq!(anonymous.expect("an end").rows_affected(), 1);
    session.commit(transaction).await?;
    Ok("signed in")
}

/// Another sign-in has its turn, and waits for a row that this one's transaction holds.
async fn login_crossed(session: Session, store: AppData<PostgresStore>) -> Result<&'static str> {
    let mut transaction = session.begin_transaction().await?;
    let hers = sqlx::query("update sessions set user_agent = 'seen' where owner = 'ann'");
    hers.execute(&mut *transaction).await.map_err(error::ErrorServiceUnavailable)?;
    let other = tokio::spawn({
        let store = store.clone();
        async move { sign_in_within(ONE, &store).await }
    });
    blocked(store.pool(), 1).await;
    session.login("ann")?;
    let committed = session.commit(transaction).await;
    at_once(other).await.expect("no panic");
    committed?;
    Ok("signed in")
}

/// How many evictions were told so far.
async fn evictions(events: &mut SessionEvents) -> usize {
    let mut evictions = 0;
    while let Some(Some(Heard::Event(event))) = poll_immediate(events.next()).await {
        let is_one = matches!(event, SessionEvent::Ended { reason: EndReason::Evicted { .. }, .. });
        evictions += usize::from(is_one);
    }
    evictions
}

/// PostgreSQL sees that the two wait for each other, and gives one of them up, who may try again. In line within this
/// process they would wait for ever.
#[actix_web::test]
async fn a_commit_waits_for_no_turn_of_somebody_who_waits_for_it() {
    let store = store().await;
    let (browser, _) = site(&store).await;
    sign_in_within(ONE, &store).await;
    let reply = at_once(browser.get("/login-crossed")).await;
    let told = (reply.status.as_u16(), cookie_of(&reply));
    // The other may have been let in a moment later, and nobody gets the cookie of a session that is over.
    let may_be = [(200, Some("set")), (200, None), (503, None)];
    assert!(may_be.contains(&told), "{reply}");
    assert_eq!(count(store.pool(), LIVE).await, 1, "one of them is in");
}

/// The first try evicts, and then finds no session to leave; the second one, which begins a new one, has to evict too, and
/// tells of it.
#[actix_web::test]
async fn who_was_not_signed_in_has_evicted_nobody() {
    let store = store().await;
    let (browser, mut events) = site(&store).await;
    let other = browser.another();
    read(&other, "/login").await;
    read(&browser, "/cart").await;
    assert_eq!(evictions(&mut events).await, 0);
    read(&browser, "/login-over-nothing").await;
    assert_eq!(evictions(&mut events).await, 1, "the other one was, by the try that signed in");
    assert_eq!(count(store.pool(), LIVE).await, 1);
}
