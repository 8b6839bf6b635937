//! Another server takes the place of the one that the site has written to.

use actix_pg_session::PostgresStore;
use xtask::postgres::Cluster;

use crate::network::proxied;
use crate::read_only::{from_now_on_read_only, read_only};
use crate::support::gate::until;
use crate::support::http::Browser;
use crate::support::site::Plan;
use crate::support::story::visited;
use crate::support::{blocked, pool_on, waiting, way};

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
    // Those that were on their way back into the pool are left a second later.
    let connected = "select count(*) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()";
    until("the old server is left", async || old.psql("postgres", connected).expect("an answer") == "0")
        .await;
    leaving.get("/?logout").await;
    // Nobody reads any more where that did not happen.
    for _ in 0..20 {
        assert_eq!(leaving.clone().get("/?get=a").await.body, "nothing");
        assert_eq!(browser.get("/?get=a").await.body, "\"1\"");
    }
}

/// Connections that are read-only lead to the old server; those that are opened later, to the new one. What reads while
/// the others are thrown away is not among them, and would be kept to read what the old server knew.
#[tokio::test]
async fn a_connection_that_was_reading_while_the_old_server_was_left_is_left_when_it_has_read() {
    for together in [false, true] {
        let store = move |pool| way::builder(pool).batching(together).build().expect("good settings");
        let (site, mut browser, pool) =
            visited(|plan| plan.store(store).pool(|pool| pool.max_connections(4))).await;
        let mut other = Browser::new(&site);
        other.get("/?set=a:1").await.new_cookie();
        let reading_may_have_to_wait = "create function may_read() returns boolean language plpgsql as
                $$ begin perform pg_advisory_xact_lock_shared(1); return true; end $$;
            alter table sessions rename to everybody;
            create view sessions as select * from everybody where may_read()";
        sqlx::raw_sql(reading_may_have_to_wait).execute(&pool).await.expect("a view");
        read_only(&pool, true).await;

        let mut held = pool.begin().await.expect("a transaction");
        sqlx::query("select pg_advisory_xact_lock(1)").execute(&mut *held).await.expect("a lock");
        let mut reading = vec![browser.send("/?get=a")];
        blocked(&pool, 1).await;
        // A lane has another statement under way only if one is late.
        until("two are reading", async || {
            reading.push(other.send("/?get=a"));
            waiting(&pool).await > 1
        })
        .await;
        held.commit().await.expect("they may read");
        for reply in reading {
            assert_eq!(reply.await.expect("a reply").body, "\"1\"");
        }

        let mut held = pool.begin().await.expect("a transaction");
        sqlx::query("select pg_advisory_xact_lock(1)").execute(&mut *held).await.expect("a lock");
        let reading = browser.send("/?get=a");
        blocked(&pool, 1).await;
        from_now_on_read_only(&pool, false).await;
        Browser::new(&site).get("/?set=a:1").await.is_refusal();
        Browser::new(&site).get("/?set=a:1").await.new_cookie();
        held.commit().await.expect("it may read");
        assert_eq!(reading.await.expect("a reply").body, "\"1\"");
        for _ in 0..4 {
            Browser::new(&site).get("/?set=a:1").await.new_cookie();
        }
        assert_eq!(browser.get("/?get=a&set=a:2").await.body, "\"1\"");
    }
}

/// Both are refused, and the first throws away what nobody uses. So soon after that nobody would do it again.
#[tokio::test]
async fn of_two_connections_whose_writes_are_refused_at_once_both_are_left() {
    for together in [false, true] {
        let store = move |pool| way::builder(pool).batching(together).build().expect("good settings");
        let (site, _, pool) = visited(|plan| plan.store(store).pool(|pool| pool.max_connections(4))).await;
        read_only(&pool, true).await;
        let mut held = pool.begin().await.expect("a transaction");
        sqlx::query("lock table sessions").execute(&mut *held).await.expect("a lock");
        let mut writing = vec![Browser::new(&site).send("/?set=a:1")];
        blocked(&pool, 1).await;
        until("two are writing", async || {
            writing.push(Browser::new(&site).send("/?set=a:1"));
            waiting(&pool).await > 1
        })
        .await;
        from_now_on_read_only(&pool, false).await;
        held.commit().await.expect("they may write");
        for (n, reply) in writing.into_iter().enumerate() {
            let reply = reply.await.expect("a reply");
            // Those that waited behind them have a new connection.
            assert!(n > 1 || reply.status == 503, "{reply:?}");
        }
        for _ in 0..4 {
            Browser::new(&site).get("/?set=a:1").await.new_cookie();
        }
    }
}

/// One that a handler has in the meantime goes back to the pool by itself, as those do that are on their way there.
#[tokio::test]
async fn a_connection_that_a_handler_had_while_the_old_server_was_left_is_left_a_moment_later() {
    let (site, browser, pool) = visited(|plan| plan.pool(|pool| pool.max_connections(4))).await;
    read_only(&pool, true).await;
    let held = browser.send("/?begin&wait");
    site.gate.wait_for(1).await;
    let begun = "select pid from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'";
    let pid: i32 = sqlx::query_scalar(begun).fetch_one(&pool).await.expect("the handler's connection");
    Browser::new(&site).get("/?set=a:1").await.is_refusal();
    site.gate.open(1);
    assert_eq!(held.await.expect("a reply").status, 200);
    until("its connection is gone", async || {
        let there = "select exists (select from pg_stat_activity where pid = $1)";
        let there: Result<bool, _> = sqlx::query_scalar(there).bind(pid).fetch_one(&pool).await;
        !there.expect("an answer")
    })
    .await;
}
