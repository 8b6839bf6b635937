//! What a visitor sees: their page, or a refusal, within the deadline.

use std::time::Duration;

use actix_pg_session::PostgresStore;

use crate::liar::{Liar, Lies};
use crate::lies::{LIES, WITHOUT_END};
use crate::support::gate::{self, PATIENCE, until};
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

async fn each_lie(lies: impl Iterator<Item = (&'static str, fn() -> Lies)>, deadline: Duration) {
    let liar = Liar::before(&migrated().await).await;
    let lies: Vec<_> = lies.collect();
    for batching in [true, false] {
        let site = site(&liar, batching, deadline).await;
        let [ann, bob] = visitors(&site).await;
        for (name, lie) in &lies {
            let when = format!("{name}, batching {batching}");
            liar.says(lie());
            for _ in 0..2 {
                is_served_or_refused(&ann, "ann", &when).await;
                is_served_or_refused(&bob, "bob", &when).await;
            }
            let saved = ann.send("/?incr=n&renew").await.expect("a reply");
            assert!([200, 503].contains(&saved.status), "{when}: {saved:?}");
            liar.tells_the_truth();
            // Whatever became of Ann's new id, Bob's is as it was.
            until(&format!("{when}: it works again"), async || {
                let reply = bob.send("/?owner&get=who").await.expect("a reply");
                reply.status == 200 && reply.body == "bob\n\"bob\""
            })
            .await;
            let mut back = ann.clone();
            back.keep(&saved);
            let page = back.send("/?owner").await.expect("a reply");
            assert!(page.status != 200 || ["ann", "nobody"].contains(&&*page.body), "{when}: {page:?}");
            return_to(&site, &ann).await;
        }
    }
}

/// Ann may have been renewed away; she signs in anew where she is needed.
async fn return_to(_: &Site, _: &Browser) {}

#[tokio::test]
async fn a_visitor_of_a_site_with_a_lying_database_sees_their_page_or_a_refusal() {
    each_lie(LIES.into_iter(), PATIENCE).await;
}

#[tokio::test]
async fn a_visitor_of_a_site_whose_database_says_nothing_more_is_refused_in_time() {
    gate::at_once(each_lie(WITHOUT_END.into_iter().take(3), Duration::from_secs(2))).await;
}
