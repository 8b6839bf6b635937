//! What a visitor sees: their page, or a refusal, within the deadline.

use std::time::{Duration, Instant};

use actix_pg_session::PostgresStore;

use crate::liar::Liar;
use crate::lies::{LIES, Named, WITHOUT_END};
use crate::store::is_told_again;
use crate::support::gate::{PATIENCE, until};
use crate::support::http::Browser;
use crate::support::migrated;
use crate::support::site::{Plan, Site};

/// A site whose database is a liar, and how it is answered in time.
async fn site(liar: &Liar, batching: bool, deadline: Duration) -> Site {
    let options = liar.options();
    let plan = Plan::on("postgres://nobody@nowhere/nothing").store(move |pool| {
        // The site's own pool leads nowhere; this one does.
        drop(pool);
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(4).acquire_timeout(deadline);
        let builder = PostgresStore::builder(pool.connect_lazy_with(options)).batching(batching);
        builder.build().expect("a store")
    });
    plan.sessions(move |sessions| sessions.store_timeout(deadline)).start().await
}

async fn visitors(site: &Site) -> [Browser; 2] {
    let mut visitors = [Browser::new(site), Browser::new(site)];
    for (browser, name) in visitors.iter_mut().zip(["ann", "bob"]) {
        browser.get(&format!("/?login={name}&set=who:{name}")).await.new_cookie();
    }
    visitors
}

/// Their own page, or a refusal.
async fn is_served_or_refused(browser: &Browser, name: &str, when: &str) {
    for page in ["/?owner&get=who", "/maybe?owner&get=who"] {
        let reply = browser.send(page).await.expect("a reply");
        match reply.status {
            200 => assert_eq!(reply.body, format!("{name}\n\"{name}\""), "{when}"),
            503 => assert_eq!(reply.cookie, None, "{when}: {reply:?}"),
            other => panic!("{when}: {other} {reply:?}"),
        }
    }
}

async fn each_lie(lies: &[Named], batching: bool, deadline: Duration) {
    let liar = Liar::before(&migrated().await).await;
    let site = site(&liar, batching, deadline).await;
    let [ann, bob] = visitors(&site).await;
    for (name, lie) in lies {
        let when = format!("{name}, batching {batching}");
        let mut eve = Browser::new(&site);
        eve.get("/?login=eve&set=who:eve").await.new_cookie();
        liar.says(lie());
        is_served_or_refused(&ann, "ann", &when).await;
        is_served_or_refused(&bob, "bob", &when).await;
        is_served_or_refused(&ann, "ann", &when).await;
        let renewed = eve.get("/?incr=n&renew").await;
        assert!([200, 503].contains(&renewed.status), "{when}: {renewed:?}");
        liar.tells_the_truth();
        for (browser, name) in [(&ann, "ann"), (&bob, "bob")] {
            until(&format!("{when}: it works again"), async || {
                let reply = browser.send("/?owner&get=who").await.expect("a reply");
                reply.status == 200 && reply.body == format!("{name}\n\"{name}\"")
            })
            .await;
        }
        // Whose new id was not to be had may be nobody now, but nobody else.
        let mut page = eve.get("/?owner").await;
        while page.status == 503 {
            page = eve.get("/?owner").await;
        }
        let may_be_lost = renewed.status == 503 || is_told_again(name);
        assert!(page.body == "eve" || (may_be_lost && page.body == "nobody"), "{when}: {page:?}");
    }
}

#[tokio::test]
async fn a_visitor_of_a_site_with_a_lying_database_sees_their_page_or_a_refusal() {
    for batching in [true, false] {
        each_lie(&LIES, batching, PATIENCE).await;
    }
}

#[tokio::test]
async fn a_visitor_of_a_site_whose_database_says_nothing_more_is_refused_in_time() {
    let begin = Instant::now();
    each_lie(&WITHOUT_END[..1], true, Duration::from_millis(700)).await;
    assert!(begin.elapsed() < PATIENCE, "the site works again");
}
