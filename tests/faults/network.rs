//! The network between the site and the database breaks.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sqlx::PgPool;

use crate::proxy::{Did, Door, End, Proxy, Rules, Trap};
use crate::support::gate::until;
use crate::support::http::Browser;
use crate::support::site::{Plan, Site};
use crate::support::story::sessions;
use crate::support::{blocked, migrated, pool_on};

/// A site whose way to the database can break, and a visitor in whose session `a` is 1.
struct Stage {
    proxy: Proxy,
    site: Site,
    browser: Browser,
    /// Past the proxy.
    pool: PgPool,
}

/// A healthy answer is in time even on a slow machine.
const TIMEOUT: Duration = Duration::from_secs(2);

impl Stage {
    async fn open(set: impl FnOnce(Plan) -> Plan) -> Self {
        let url = migrated().await;
        let (through, proxy) = proxied(&url).await;
        let plan = Plan::on(&through).sessions(|b| b.store_timeout(TIMEOUT));
        let site = set(plan).start().await;
        let mut browser = Browser::new(&site);
        browser.get("/?set=a:1").await.new_cookie();
        Self { proxy, site, browser, pool: pool_on(&url).await }
    }

    /// Waits until visitors are known again, and answers how long that took.
    async fn is_well_again(&mut self) -> Duration {
        let begin = Instant::now();
        until("visitors are known again", async || self.browser.get("/?get=a").await.body == "\"1\"").await;
        begin.elapsed()
    }
}

/// The same address by way of a proxy.
async fn proxied(url: &str) -> (String, Proxy) {
    let (head, rest) = url.split_once('@').expect("a user and a password");
    let (server, database) = rest.split_once('/').expect("a database");
    let server: SocketAddr = server.parse().expect("an address");
    let proxy = Proxy::start(server).await.expect("a proxy");
    (format!("{head}@{}/{database}", proxy.address()), proxy)
}

#[tokio::test]
async fn when_connections_that_rest_get_lost_visitors_are_refused_in_time_and_known_soon_afterwards() {
    let mut stage = Stage::open(|plan| plan).await;
    let crowd: Vec<_> = (0..20).map(|_| stage.browser.send("/?get=a&renew")).collect();
    for reply in crowd {
        reply.await.expect("a reply");
    }
    stage.browser = Browser::new(&stage.site);
    stage.browser.get("/?set=a:1").await.new_cookie();
    stage.proxy.set(&Rules::half_open());
    for page in ["/?get=a", "/?set=a:2", "/?login=alice", "/?logout", "/maybe?get=a"] {
        stage.browser.get(page).await.is_refusal();
    }
    stage.browser.get("/plain").await.leaves_the_cookie_alone();
    stage.proxy.heal().await;
    let took = stage.is_well_again().await;
    println!("after the network was well again, the site was within {took:?}");
}

#[tokio::test]
async fn when_answers_get_lost_visitors_are_refused_in_time_and_known_soon_afterwards() {
    let mut stage = Stage::open(|plan| plan).await;
    let mut hanging = stage.pool.begin().await.expect("a transaction");
    sqlx::query("lock table sessions").execute(&mut *hanging).await.expect("a lock");
    // As many statements as the site sends at a time are under way.
    let mut asked = Vec::new();
    for page in ["/?get=a", "/?get=a"] {
        asked.push(stage.browser.send(page));
        blocked(&stage.pool, asked.len() as i64).await;
    }
    stage.proxy.set(&Rules::half_open());
    hanging.commit().await.expect("the lock is released");
    for reply in asked {
        reply.await.expect("a reply").is_refusal();
    }
    stage.proxy.heal().await;
    let took = stage.is_well_again().await;
    println!("after the network was well again, the site was within {took:?}");
}
