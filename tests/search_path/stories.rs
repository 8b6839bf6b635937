//! Visitors, owners, administrators and caches.

use std::time::Duration;

use actix_pg_session::admin::{Filter, Position};
use actix_pg_session::{CacheState, Caching, Layout, PostgresStore, WhenFull};

use crate::support::gate::PATIENCE;
use crate::support::http::Browser;
use crate::support::pool_on;
use crate::support::site::Plan;
use crate::trap::Trap;

const LAYOUTS: [Layout; 3] =
    [Layout::Plain, Layout::Partitioned { partitions: 4 }, Layout::Distributed { shards: 4 }];

async fn store(trap: &Trap, layout: Layout, batching: bool) -> PostgresStore {
    let builder = PostgresStore::builder(pool_on(&trap.url).await).layout(layout).batching(batching);
    builder.build().expect("these settings go together")
}

/// All that a visitor does, one thing after the other and many at once.
async fn visit(browser: &mut Browser) {
    for page in
        ["/?set=a:1&incr=n", "/?incr=n", "/?get=a", "/?touch", "/?renew", "/?remove=a&set=b:2", "/?login=ann"]
    {
        assert_eq!(browser.get(page).await.status, 200, "{page}");
    }
    let together: Vec<_> = (0..40).map(|n| browser.send(["/?incr=n", "/?touch", "/?get=n"][n % 3])).collect();
    for reply in together {
        assert_eq!(reply.await.expect("a reply").status, 200);
    }
    assert_eq!(browser.get("/?get=n&get=b&owner").await.body, "16\n\"2\"\nann");
}

#[tokio::test]
async fn a_visitor_comes_and_goes_in_every_layout() {
    for layout in LAYOUTS {
        for batching in [true, false] {
            let trap = Trap::new().await;
            let own = store(&trap, layout, batching).await;
            own.migrate().await.expect("the migrations apply");
            let limited = own.clone();
            let site = Plan::on(&trap.url)
                .store(move |_| limited)
                .sessions(|sessions| sessions.sessions_per_owner(2, WhenFull::Evict))
                .start()
                .await;
            let mut browsers: Vec<_> = (0..3).map(|_| Browser::new(&site)).collect();
            for browser in &mut browsers {
                visit(browser).await;
            }
            assert_eq!(browsers[0].get("/?owner").await.body, "nobody", "two are as many as may");
            let mut crowd: Vec<_> = (0..20).map(|_| Browser::new(&site)).collect();
            let begun: Vec<_> = crowd.iter().map(|browser| browser.send("/?set=a:1")).collect();
            for (browser, reply) in crowd.iter_mut().zip(begun) {
                browser.keep(&reply.await.expect("a reply"));
            }
            let ended: Vec<_> = crowd.iter().map(|browser| browser.send("/?logout")).collect();
            for reply in ended {
                assert_eq!(reply.await.expect("a reply").status, 200);
            }
            browsers[2].get("/?logout").await;
            assert_eq!(browsers[2].get("/?owner").await.body, "nobody");
            own.prune(100).await.expect("it prunes");
            drop(site);
            own.pool().close().await;
            trap.has_caught_nobody().await;
        }
    }
}

#[tokio::test]
async fn an_administrator_looks_around_and_ends_what_has_to_end() {
    for layout in LAYOUTS {
        let trap = Trap::new().await;
        let own = store(&trap, layout, true).await;
        own.migrate().await.expect("the migrations apply");
        let site = Plan::on(&trap.url).store({
            let own = own.clone();
            move |_| own
        });
        let site = site.start().await;
        for page in ["/?login=ann", "/?login=ben&set=a:1", "/?set=a:1"] {
            assert_eq!(Browser::new(&site).get(page).await.status, 200);
        }
        let admin = own.admin();
        let now = admin.now().await.expect("the time");
        let filter = Filter::new()
            .signed_in(true)
            .network("127.0.0.0/8".parse().expect("a network"))
            .began_within(Duration::from_secs(3600))
            .began_before(now)
            .began_after(now - Duration::from_secs(3600))
            .data_contains(r#"{"a":"1"}"#)
            .data_path(r#"$.a ? (@ == "1")"#);
        let page = admin.list(&filter, Position::Newest, 10).await.expect("a page");
        assert_eq!(page.sessions.len(), 1, "{layout:?}");
        assert_eq!(admin.count(&Filter::new().user_agent("nobody's")).await.expect("a number"), 0);
        assert_eq!(
            admin.count(&Filter::new().idle_for(Duration::from_secs(3600))).await.expect("a number"),
            0
        );
        let one = admin.list(&Filter::new().owner("ann"), Position::Newest, 10).await.expect("a page");
        let older = Position::OlderThan(one.sessions[0].cursor());
        admin.list(&Filter::new(), older, 10).await.expect("a page");
        assert!(admin.session(one.sessions[0].handle).await.expect("an answer").is_some());
        assert_eq!(admin.census().await.expect("numbers").live, 3);
        admin.health().await.expect("an answer");
        admin.take_reading(Duration::from_secs(1)).await.expect("a reading");
        admin.history(Duration::from_secs(3600)).await.expect("readings");
        assert!(admin.revoke(one.sessions[0].handle).await.expect("an answer"));
        admin.revoke_owner("ben").await.expect("an answer");
        admin.revoke_matching(&Filter::new().signed_in(false)).await.expect("an answer");
        admin.revoke_everything().await.expect("an answer");
        drop(site);
        own.pool().close().await;
        trap.has_caught_nobody().await;
    }
}

#[tokio::test]
async fn a_cache_hears_what_it_has_to_hear() {
    for layout in [LAYOUTS[0], LAYOUTS[1]] {
        let trap = Trap::new().await;
        let cached = store(&trap, layout, true).await.cached(Caching::new(100).max_silence(PATIENCE));
        cached.migrate().await.expect("the migrations apply");
        cached.caught_up().await;
        assert_eq!(cached.stats().state, CacheState::Live);
        let other = store(&trap, layout, true).await;
        let (here, there) = (cached.clone(), other.clone());
        let here = Plan::on(&trap.url).store(move |_| here).start().await;
        let there = Plan::on(&trap.url).store(move |_| there).start().await;
        let mut browser = Browser::new(&here);
        visit(&mut browser).await;
        let mut elsewhere = Browser::new(&there).with_cookie(browser.cookie().expect("a cookie"));
        elsewhere.get("/?set=b:3").await;
        cached.caught_up().await;
        assert_eq!(browser.get("/?get=b").await.body, "\"3\"");
        elsewhere.get("/?logout").await;
        cached.caught_up().await;
        assert_eq!(browser.get("/?owner").await.body, "nobody");
        assert!(cached.stats().hits > 0, "some of it was answered by the cache");
        drop((here, there));
        let pools = [cached.store().pool().clone(), other.pool().clone()];
        drop((cached, other));
        for pool in pools {
            pool.close().await;
        }
        trap.has_caught_nobody().await;
    }
}

/// Then not even `=` means what it says, and whoever may create things there runs whatever they like.
#[tokio::test]
async fn a_path_that_has_another_schema_before_postgresqls_own_is_refused() {
    let url = crate::support::database().await;
    let pool = pool_on(&url).await;
    sqlx::raw_sql("create schema planted").execute(&pool).await.expect("a schema");
    let joint = if url.contains('?') { '&' } else { '?' };
    for (path, is_refused) in [
        ("planted,pg_catalog,public", true),
        ("public,pg_catalog", true),
        ("pg_catalog,planted,public", false),
        ("planted,public", false),
        ("", false),
    ] {
        let through = pool_on(&format!("{url}{joint}options[search_path]={path}")).await;
        match PostgresStore::new(through).migrate().await {
            Ok(()) => assert!(!is_refused, "{path}"),
            Err(error) => {
                let error = error.to_string();
                assert!(is_refused && error.contains("search_path"), "{path}: {error}");
            }
        }
    }
}
