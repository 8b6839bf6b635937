//! The database server restarts under a running site.

use xtask::postgres::{Cluster, Mode};

use crate::support::http::Browser;
use crate::support::site::{Plan, Site};
use crate::support::story::lock;
use crate::support::{blocked, pool_on};

/// A site on a server of its own, and a visitor in whose session `a` is 1.
async fn visited() -> (Cluster, Site, Browser) {
    let cluster = Cluster::ephemeral().expect("a server of one's own");
    let url = cluster.url("postgres");
    let store = actix_pg_session::PostgresStore::new(pool_on(&url).await);
    store.migrate().await.expect("the migrations apply");
    store.pool().close().await;
    let plan = Plan::on(&url).sessions(|b| b.store_timeout(std::time::Duration::from_secs(5)));
    let site = plan.start().await;
    let mut browser = Browser::new(&site);
    browser.get("/?set=a:1").await.new_cookie();
    (cluster, site, browser)
}

#[tokio::test]
async fn after_a_restart_the_site_goes_on_by_itself_and_the_session_is_there() {
    let (cluster, _site, mut browser) = visited().await;
    for mode in [Mode::Fast, Mode::Immediate] {
        cluster.restart(mode).expect("the server restarts");
        assert_eq!(browser.get("/?get=a&incr=n").await.body, "\"1\"", "after {mode:?}");
    }
    assert_eq!(browser.get("/?get=n").await.body, "2");
}

#[tokio::test]
async fn while_the_server_is_down_visitors_are_refused_and_afterwards_they_are_known() {
    let (cluster, _site, mut browser) = visited().await;
    cluster.stop(Mode::Fast).expect("the server stops");
    for page in ["/?get=a", "/maybe?get=a", "/?logout"] {
        browser.get(page).await.is_refusal();
    }
    browser.get("/plain").await.leaves_the_cookie_alone();
    cluster.start().expect("the server starts");
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
}

#[tokio::test]
async fn a_save_during_which_the_server_dies_is_a_refusal_and_leaves_the_row_as_it_was() {
    let (cluster, _site, mut browser) = visited().await;
    let pool = pool_on(&cluster.url("postgres")).await;
    let row = lock(&pool).await;
    let save = browser.send("/?set=a:2");
    blocked(&pool, 1).await;
    cluster.stop(Mode::Immediate).expect("the server dies");
    save.await.expect("a reply").is_refusal();
    drop(row);
    cluster.start().expect("the server starts");
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
}
