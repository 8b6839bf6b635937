//! PgBouncer is restarted under a running site.

use actix_pg_session::PostgresStore;
use xtask::postgres::PgBouncer;

use crate::proxy::Proxy;
use crate::support;
use crate::support::gate::until;
use crate::support::http::Browser;
use crate::support::site::Plan;

/// What stands between the user's name and the database's in an address.
pub(crate) fn server_of(url: &str) -> &str {
    url.split_once('@').and_then(|(_, rest)| rest.split_once('/')).expect("an address").0
}

#[tokio::test]
async fn after_a_restart_of_pgbouncer_visitors_are_known_again() {
    let direct = support::migrated().await;
    let name = direct.rsplit('/').next().expect("a database");
    let start = || PgBouncer::before(&support::server_url(), 3, &[]).expect("a PgBouncer");
    let first = start();
    let url = first.url(name);
    let proxy = Proxy::start(server_of(&url).parse().expect("an address")).await.expect("a proxy");
    let through = url.replacen(server_of(&url), &proxy.address().to_string(), 1);
    let store =
        |pool| PostgresStore::builder(pool).prepared_statements(false).build().expect("good settings");
    let sessions =
        |b: actix_pg_session::SessionMiddlewareBuilder| b.store_timeout(std::time::Duration::from_secs(2));
    let site = Plan::on(&through).store(store).sessions(sessions).start().await;
    let mut browser = Browser::new(&site);
    browser.get("/?set=a:1").await.new_cookie();

    drop(first);
    for page in ["/?get=a", "/?set=a:2"] {
        browser.get(page).await.is_refusal();
    }
    let second = start();
    proxy.lead_to(server_of(&second.url(name)).parse().expect("an address"));
    until("visitors are known again", async || browser.get("/?get=a").await.body == "\"1\"").await;
    browser.get("/?login=alice").await.new_cookie();
    assert_eq!(browser.get("/?owner").await.body, "alice");
}
