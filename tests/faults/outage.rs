//! The database takes no connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_pg_session::{
    Change, Created, Deleted, Lifetime, Loaded, NewSession, OnOutage, PostgresStore, Renewal, SessionId,
    SessionStore, StoreError, Touched, Updated,
};
use sqlx::postgres::PgPoolOptions;

use crate::support::gate::at_once;
use crate::support::http::Browser;
use crate::support::site::{Plan, Site};
use crate::support::story::visited_site;

/// A visitor with a good cookie, and the site without its database.
async fn outage(set: impl FnOnce(Plan) -> Plan) -> (Site, Browser) {
    let (_site, browser, _) = visited_site().await;
    let plan = Plan::on(&nobody_listens()).sessions(|b| b.store_timeout(Duration::from_millis(500)));
    let site = set(plan).start().await;
    let browser = Browser::new(&site).with_cookie(browser.cookie().expect("a cookie"));
    (site, browser)
}

/// The address of a port that was free a moment ago.
fn nobody_listens() -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    format!("postgres://postgres@127.0.0.1:{}/none", port.expect("a free port").port())
}

#[tokio::test]
async fn a_visitor_with_a_cookie_is_asked_to_come_back_and_is_never_anonymous() {
    let (_site, mut browser) = outage(|plan| plan).await;
    for page in ["/?get=a", "/?set=b:2", "/?logout", "/?login=alice", "/maybe?get=a", "/maybe-thrice"] {
        browser.get(page).await.is_refusal();
    }
}

#[tokio::test]
async fn an_error_page_of_the_applications_own_is_what_the_visitor_sees() {
    let (_site, mut browser) = outage(|plan| plan).await;
    let reply = browser.get("/apology").await;
    assert_eq!((reply.status, reply.cookie, reply.body.as_str()), (502, None, "we are sorry"));
}

#[tokio::test]
async fn a_page_that_asks_for_no_session_is_served() {
    let (_site, mut browser) = outage(|plan| plan).await;
    browser.get("/plain").await.leaves_the_cookie_alone();
}

#[tokio::test]
async fn with_eager_load_no_page_is_served_to_a_visitor_with_a_cookie() {
    let (_site, mut browser) = outage(|plan| plan.sessions(|b| b.eager_load(true))).await;
    browser.get("/plain").await.is_refusal();
}

#[tokio::test]
async fn a_visitor_without_a_cookie_is_served_until_there_is_something_to_store() {
    let (site, _) = outage(|plan| plan).await;
    let mut stranger = Browser::new(&site);
    stranger.get("/?get=a&owner").await.leaves_the_cookie_alone();
    stranger.get("/?set=a:1").await.is_refusal();
    stranger.with_cookie("s:forged.forged").get("/?get=a").await.leaves_the_cookie_alone();
}

#[tokio::test]
async fn where_reading_matters_more_pages_are_served_as_to_a_stranger_and_the_cookie_stays() {
    let (_site, mut browser) = outage(|plan| plan.sessions(|b| b.on_outage(OnOutage::Anonymous))).await;
    for page in ["/?get=a", "/?set=b:2&get=a", "/?renew&get=a", "/?login=alice&get=a"] {
        let reply = browser.get(page).await;
        reply.leaves_the_cookie_alone();
        assert_eq!(reply.body, "nothing");
    }
}

#[tokio::test]
async fn not_even_there_is_a_sign_out_confirmed_that_did_not_happen() {
    let (_site, mut browser) = outage(|plan| plan.sessions(|b| b.on_outage(OnOutage::Anonymous))).await;
    browser.get("/?logout").await.is_refusal();
}

/// Also where several attempts to connect would fit into it.
#[tokio::test]
async fn an_administrator_waits_no_longer_than_the_pool_has_it() {
    let pool = PgPoolOptions::new().acquire_timeout(Duration::from_secs(4)).connect_lazy(&nobody_listens());
    let admin = PostgresStore::new(pool.expect("an address")).admin();
    at_once(admin.now()).await.expect_err("nobody answers");
}

#[tokio::test]
async fn a_request_that_failed_to_load_its_session_does_not_try_again_and_again() {
    let loads = Arc::new(AtomicU32::new(0));
    let store = Broken { loads: Arc::clone(&loads) };
    let (_site, mut browser) = outage(|plan| plan.store(|_| store)).await;
    browser.get("/maybe-thrice").await.is_refusal();
    assert_eq!(loads.load(Ordering::Relaxed), 1);
}

/// A store that counts how often it is asked.
struct Broken {
    loads: Arc<AtomicU32>,
}

fn broken<T>() -> Result<T, StoreError> {
    Err(StoreError::failed("broken"))
}

impl SessionStore for Broken {
    async fn create(&self, _: &SessionId, _: NewSession) -> Result<Created, StoreError> {
        broken()
    }

    async fn load(&self, _: &SessionId) -> Result<Loaded, StoreError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        // As long as this takes, others ask too.
        tokio::task::yield_now().await;
        broken()
    }

    async fn update(&self, _: &SessionId, _: Change) -> Result<Updated, StoreError> {
        broken()
    }

    async fn touch(&self, _: &SessionId, _: Option<Lifetime>) -> Result<Touched, StoreError> {
        broken()
    }

    async fn renew(&self, _: &SessionId, _: &SessionId, _: Renewal) -> Result<Updated, StoreError> {
        broken()
    }

    async fn delete(&self, _: &SessionId, _: Duration) -> Result<Deleted, StoreError> {
        broken()
    }
}
