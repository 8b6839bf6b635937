//! What use costs the table: a touch stays within its page (HOT) and leaves all indexes alone.

use actix_pg_session::PostgresStore;
use xtask::postgres::Cluster;

use crate::support::gate::until;
use crate::support::http::Browser;
use crate::support::site::Plan;
use crate::support::{count, pool_on};

/// Fifty visitors ask for this page ten times each; answers the part of the updates that were HOT,
/// in per cent.
///
/// On a server where nothing else happens: old versions of rows stay as long as somebody may see them,
/// and PostgreSQL's first guess at that counts transactions in other databases too.
async fn hot_updates_of(page: &str) -> i64 {
    let cluster = Cluster::ephemeral_with(&[("autovacuum", "off")]).expect("a server of one's own");
    let url = cluster.url("postgres");
    let pool = pool_on(&url).await;
    PostgresStore::new(pool.clone()).migrate().await.expect("the migrations apply");
    let site = Plan::on(&url).start().await;
    let mut visitors = Vec::new();
    for _ in 0..50 {
        let mut visitor = Browser::new(&site);
        visitor.get("/?set=name:a_visitor_like_any_other&set=language:en&set=cart:17").await.new_cookie();
        visitors.push(visitor);
    }
    for _ in 0..10 {
        for visitor in &mut visitors {
            assert_eq!(visitor.get(page).await.status, 200);
        }
    }
    // Connections report what they did when they have been idle for a second, or are closed.
    drop(site);
    let updates = "select n_tup_upd from pg_stat_user_tables where relname = 'sessions'";
    until("all updates are reported", async || count(&pool, updates).await == 500).await;
    count(&pool, "select n_tup_hot_upd * 100 / n_tup_upd from pg_stat_user_tables where relname = 'sessions'")
        .await
}

#[tokio::test]
async fn touches_leave_all_indexes_alone() {
    let hot = hot_updates_of("/?touch").await;
    assert!(hot >= 99, "{hot} %");
}

#[tokio::test]
async fn saves_of_small_values_mostly_do_too() {
    let hot = hot_updates_of("/?incr=n").await;
    assert!(hot >= 90, "{hot} %");
}
