//! Another server takes the place of the one that the site has written to.

use actix_pg_session::PostgresStore;
use xtask::postgres::Cluster;

use crate::network::proxied;
use crate::support::gate::until;
use crate::support::http::Browser;
use crate::support::pool_on;
use crate::support::site::Plan;

/// Waits until the standby has all that was committed.
async fn caught_up(primary: &Cluster, standby: &Cluster) {
    let position = primary.psql("postgres", "select pg_current_wal_flush_lsn()").expect("a position");
    let has_it = format!("select pg_last_wal_replay_lsn() >= '{position}'");
    until("the standby has it", async || standby.psql("postgres", &has_it).expect("an answer") == "t").await;
}

/// The server that was left lives on for a while, and takes no writes: what leads to it there is to be left too.
#[tokio::test]
async fn a_site_leaves_the_server_that_has_become_read_only_and_nothing_is_lost() {
    let old = Cluster::ephemeral().expect("a server");
    let (through, proxy) = proxied(&old.url("postgres")).await;
    let store = PostgresStore::new(pool_on(&old.url("postgres")).await);
    store.migrate().await.expect("the migrations apply");
    store.pool().close().await;
    let site = Plan::on(&through).start().await;
    let mut browser = Browser::new(&site);
    browser.get("/?set=a:1").await.new_cookie();
    let mut leaving = Browser::new(&site);
    leaving.get("/?set=a:1").await.new_cookie();

    let new = old.standby().expect("a standby");
    for sql in ["alter system set default_transaction_read_only = on", "select pg_reload_conf()"] {
        old.psql("postgres", sql).expect("it is read-only");
    }
    until("writes are refused", async || browser.get("/?incr=n").await.status == 503).await;
    assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
    caught_up(&old, &new).await;
    let counted: u32 = browser.get("/?get=n").await.body.parse().unwrap_or_default();

    new.promote().expect("the standby takes writes");
    proxy.lead_to(format!("127.0.0.1:{}", new.port()).parse().expect("an address"));
    let begin = std::time::Instant::now();
    until("writes are made", async || browser.get("/?incr=n").await.status == 200).await;
    println!("after the failover, the site wrote again within {:?}", begin.elapsed());
    assert_eq!(browser.get("/?get=n").await.body, (counted + 1).to_string());
    leaving.get("/?logout").await;
    // Nobody reads any more where that did not happen.
    for _ in 0..20 {
        assert_eq!(leaving.clone().get("/?get=a").await.body, "nothing");
        assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
    }
}
