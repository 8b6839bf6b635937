//! The network between the site and the database breaks.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use actix_pg_session::PostgresStore;
use sqlx::PgPool;

use crate::proxy::{Did, Direction, Door, End, Proxy, Rules, Trap};
use crate::support::gate::{PATIENCE, at_once, until};
use crate::support::http::Browser;
use crate::support::site::{Plan, Site};
use crate::support::story::sessions;
use crate::support::{blocked, count, migrated, pool_on};

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

/// Connections rest as soon as they are not used. Else they are kept ready for the next call for two milliseconds,
/// which may be longer where much else is going on; one that breaks meanwhile is a refusal.
pub(crate) fn at_rest(plan: Plan) -> Plan {
    plan.store(|pool| PostgresStore::builder(pool).batching(false).build().expect("good settings"))
}

/// The same address by way of a proxy.
pub(crate) async fn proxied(url: &str) -> (String, Proxy) {
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

/// The commit of a session that has something to save waits at a lock of the test's, so that it is sent and not answered;
/// one that has nothing to save asks whether the transaction is well before it is committed.
#[tokio::test]
async fn when_the_answer_to_a_commit_gets_lost_visitors_are_refused_in_time() {
    let mut stage = Stage::open(|plan| plan).await;
    let late = "create function late() returns trigger language plpgsql as
            $$ begin perform pg_advisory_xact_lock(1); return null; end $$;
        create constraint trigger late after update on sessions deferrable initially deferred
            for each row execute function late()";
    sqlx::raw_sql(late).execute(&stage.pool).await.expect("a trigger");
    let mut held = stage.pool.begin().await.expect("a transaction");
    sqlx::query("select pg_advisory_xact_lock(1)").execute(&mut *held).await.expect("a lock");
    let asked = stage.browser.send("/?begin&set=a:2&commit");
    blocked(&stage.pool, 1).await;
    stage.proxy.set(&Rules::half_open());
    held.commit().await.expect("the lock is released");
    asked.await.expect("a reply").is_refusal();
    stage.proxy.heal().await;
    until("it was committed", async || stage.browser.get("/?get=a").await.body == "\"2\"").await;

    let asked = stage.browser.send("/?begin&wait&commit");
    stage.site.gate.wait_for(1).await;
    stage.proxy.set(&Rules::half_open());
    stage.site.gate.open(1);
    asked.await.expect("a reply").is_refusal();
    stage.proxy.heal().await;
    until("visitors are known again", async || stage.browser.get("/?get=a").await.body == "\"2\"").await;
}

#[tokio::test]
async fn connections_that_break_while_they_rest_are_noticed_by_nobody() {
    let mut stage = Stage::open(at_rest).await;
    for (n, end) in [End::Cut, End::Reset].into_iter().enumerate() {
        stage.proxy.end_all(end);
        until("the connections are gone", async || stage.proxy.connections().is_empty()).await;
        let body = stage.browser.get("/?get=a&incr=n&get=n").await.body;
        assert_eq!(body, format!("\"1\"\n{}", n + 1), "after {end:?}");
    }
}

#[tokio::test]
async fn messages_that_come_late_and_in_pieces_make_no_difference() {
    let mut stage = Stage::open(|plan| plan.sessions(|b| b.store_timeout(PATIENCE))).await;
    for rules in [Rules::sliced(1), Rules::sliced(7), Rules::slow(Duration::from_millis(5))] {
        stage.proxy.set(&rules);
        // Connecting is part of it.
        stage.proxy.end_all(End::Cut);
        until("the connections are gone", async || stage.proxy.connections().is_empty()).await;
        stage.is_well_again().await;
        stage.browser.get("/?login=alice&incr=n").await.new_cookie();
        assert_eq!(stage.browser.get("/?owner").await.body, "alice", "with {rules:?}");
    }
    assert_eq!(stage.browser.get("/?get=a&get=n").await.body, "\"1\"\n3");
}

#[tokio::test]
async fn a_connection_that_ends_within_a_message_is_at_most_one_refusal() {
    let mut stage = Stage::open(|plan| plan).await;
    for direction in [Direction::ToServer, Direction::ToClient] {
        for trap in [
            Trap::MidMessage { direction, end: End::Reset },
            Trap::AfterBytes { direction, bytes: 40, end: End::Cut },
        ] {
            let (before, mut refusals) = (stage.proxy.counters().of(Did::Tear), 0);
            stage.proxy.arm(trap);
            // It may be set to a connection that rests, and strike when that is used.
            until("it has struck", async || {
                let reply = stage.browser.get("/?get=a").await;
                if reply.status != 200 {
                    reply.is_refusal();
                    refusals += 1;
                }
                stage.proxy.counters().of(Did::Tear) > before
            })
            .await;
            assert!(refusals <= 1, "{refusals} after {trap:?}");
            assert_eq!(stage.browser.get("/?get=a").await.body, "\"1\"", "after {trap:?}");
        }
    }
    assert_eq!(stage.proxy.counters().of(Did::Tear), 4);
}

#[tokio::test]
async fn a_save_whose_answer_is_lost_is_a_refusal_and_was_made_whole() {
    let mut stage = Stage::open(|plan| plan).await;
    stage.proxy.arm(Trap::Unheard { end: End::Reset });
    stage.browser.get("/?set=b:2&remove=a").await.is_refusal();
    assert_eq!(stage.proxy.counters().of(Did::Unheard), 1);
    assert_eq!(stage.browser.get("/?get=a&get=b").await.body, "nothing\n\"2\"");
}

#[tokio::test]
async fn a_counter_whose_answer_is_lost_has_counted_once() {
    let mut stage = Stage::open(|plan| plan).await;
    for end in [End::Cut, End::Reset] {
        stage.proxy.arm(Trap::Unheard { end });
        stage.browser.get("/?incr=n").await.is_refusal();
    }
    assert_eq!(stage.browser.get("/?get=n").await.body, "2");
}

#[tokio::test]
async fn a_sign_in_whose_answer_is_lost_gives_nobody_its_session_and_the_old_cookie_is_dead() {
    let mut stage = Stage::open(|plan| plan).await;
    stage.proxy.arm(Trap::Unheard { end: End::Reset });
    stage.browser.get("/?login=alice").await.is_refusal();
    assert_eq!(stage.browser.get("/?owner&get=a").await.body, "nobody\nnothing");
    assert_eq!(sessions(&stage.pool).await, 1);
}

#[tokio::test]
async fn a_beginning_whose_answer_is_lost_is_a_refusal_without_a_cookie() {
    let stage = Stage::open(|plan| plan).await;
    let mut stranger = Browser::new(&stage.site);
    stage.proxy.arm(Trap::Unheard { end: End::Cut });
    stranger.get("/?set=a:1").await.is_refusal();
    stranger.get("/?set=a:1").await.new_cookie();
    assert_eq!(sessions(&stage.pool).await, 3, "that of nobody is pruned when it is over");
}

#[tokio::test]
async fn a_sign_out_whose_answer_is_lost_is_a_refusal_and_can_be_repeated() {
    let mut stage = Stage::open(|plan| plan).await;
    stage.proxy.arm(Trap::Unheard { end: End::Reset });
    stage.browser.get("/?logout").await.is_refusal();
    assert_eq!(sessions(&stage.pool).await, 0);
    assert_eq!(stage.browser.get("/?logout&get=a").await.status, 200);
}

#[tokio::test]
async fn while_nobody_is_let_in_visitors_are_refused_and_known_afterwards() {
    let mut stage = Stage::open(|plan| plan).await;
    for door in [Door::Shut, Door::Gone] {
        stage.proxy.door(door).await;
        stage.proxy.end_all(End::Reset);
        for page in ["/?get=a", "/?set=a:2", "/?logout"] {
            stage.browser.get(page).await.is_refusal();
        }
        stage.proxy.heal().await;
        let took = stage.is_well_again().await;
        println!("after {door:?}, the site was well within {took:?}");
    }
}

/// Were it given up, another one would take its place beside it, until the server has no connection left.
#[tokio::test]
async fn a_statement_that_waits_for_a_lock_is_not_taken_for_lost() {
    let waiting = "select coalesce(sum(pid), 0)::bigint from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    let mut stage = Stage::open(|plan| plan).await;
    let mut hanging = stage.pool.begin().await.expect("a transaction");
    sqlx::query("lock table sessions").execute(&mut *hanging).await.expect("a lock");
    for waits in 1..=2 {
        drop(stage.browser.send("/?get=a"));
        blocked(&stage.pool, waits).await;
    }
    let (before, known) = (count(&stage.pool, waiting).await, stage.proxy.counters().of(Did::Connect));
    // The server was asked about both, and once more.
    until("somebody has asked", async || stage.proxy.counters().of(Did::Connect) >= known + 4).await;
    stage.browser.get("/?get=a").await.is_refusal();
    assert_eq!(count(&stage.pool, waiting).await, before, "the same statements wait, and no other");
    hanging.commit().await.expect("the lock is released");
    stage.is_well_again().await;
}

#[tokio::test]
async fn a_migration_whose_answer_gets_lost_is_an_error_and_not_waited_for_without_end() {
    let url = migrated().await;
    let (through, proxy) = proxied(&url).await;
    let (store, direct) = (PostgresStore::new(pool_on(&through).await), pool_on(&url).await);
    let mut hanging = direct.begin().await.expect("a transaction");
    sqlx::query("lock table _sessions_migrations").execute(&mut *hanging).await.expect("a lock");
    let migrating = tokio::spawn(async move { store.migrate().await });
    blocked(&direct, 1).await;
    proxy.set(&Rules::half_open());
    hanging.commit().await.expect("the lock is released");
    until("the answer is lost", async || proxy.counters().of(Did::Swallow) > 0).await;
    proxy.heal().await;
    at_once(migrating).await.expect("no panic").expect_err("its connection is lost");
}
