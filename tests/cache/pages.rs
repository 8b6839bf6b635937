//! Stories over HTTP, at two sites with a cache each.

use actix_pg_session::PostgresStore;

use crate::fleet::{announcing, in_psql};
use crate::support::http::Browser;
use crate::support::site::{Plan, Site};
use crate::support::{gate, pool_on};

async fn site(url: &str) -> Site {
    Plan::on(url).store(|pool| PostgresStore::new(pool).cached(1000)).start().await
}

#[tokio::test]
async fn a_login_at_one_site_is_a_login_at_the_other_and_so_is_a_logout() {
    let url = announcing().await;
    let (one, two) = (site(&url).await, site(&url).await);
    let mut browser = Browser::new(&one);
    browser.get("/?set=cart:3&login=ann").await.new_cookie();
    let mut elsewhere = Browser::new(&two).with_cookie(browser.cookie().expect("a cookie"));
    assert_eq!(elsewhere.get("/?owner&get=cart").await.body, "ann\n\"3\"");
    browser.get("/?logout").await;
    gate::until("the other site hears of it", async || elsewhere.get("/?owner").await.body != "ann").await;
}

#[tokio::test]
async fn counters_lose_no_step_between_two_sites_with_a_cache() {
    let url = announcing().await;
    let (one, two) = (site(&url).await, site(&url).await);
    let mut browser = Browser::new(&one);
    browser.get("/?set=a:1").await.new_cookie();
    let elsewhere = Browser::new(&two).with_cookie(browser.cookie().expect("a cookie"));
    let mut requests = Vec::new();
    for _ in 0..20 {
        requests.push(browser.send("/?incr=n"));
        requests.push(elsewhere.send("/?incr=n"));
    }
    for request in requests {
        request.await.expect("a reply");
    }
    let pool = pool_on(&url).await;
    let count: i64 = sqlx::query_scalar("select (data ->> 'n')::bigint from sessions")
        .fetch_one(&pool)
        .await
        .expect("a count");
    assert_eq!(count, 40);
}

#[tokio::test]
async fn an_administrators_delete_signs_a_visitor_out() {
    let url = announcing().await;
    let (one, psql) = (site(&url).await, pool_on(&url).await);
    let mut browser = Browser::new(&one);
    browser.get("/?set=a:1&login=ann").await.new_cookie();
    assert_eq!(browser.get("/?owner").await.body, "ann");
    in_psql(&psql, "delete from sessions where owner = 'ann'").await;
    gate::until("the site hears of it", async || browser.get("/?owner").await.body != "ann").await;
}
