//! What is done to the tables, and waiting for those who do it.

use std::convert::Infallible;
use std::time::Duration;

use actix_pg_session::{
    ExpressStore, MemoryStore, PostgresStore, Pruning, SessionMiddleware, SessionStore as _,
};

use crate::drops::{Stage, drop_after, dropped_everywhere};
use crate::ground::Ground;
use crate::sessions::{Sessions, Store, Way, new_id, session};
use crate::support::gate::{self, at_once};
use crate::support::site::SECRET;
use crate::support::{CONNECT_PG_SIMPLE, count, database};

#[tokio::test]
async fn pruning_disturbs_nobody() {
    let name = "PostgresStore::prune";
    for way in [(Way::Alone, 1), (Way::Unprepared, 1), (Way::Batched, 3), (Way::Distributed, 2)] {
        let stage = Sessions::new(way).await;
        let Store::Own(store) = &stage.store else { unreachable!("none of these is a cache") };
        dropped_everywhere(name, &stage, |_| store.prune(100)).await;
    }
}

#[tokio::test]
async fn who_waits_for_a_cache_to_have_caught_up_may_go() {
    let stage = Sessions::new((Way::Cached, 1)).await;
    let Store::Cached(cached) = &stage.store else { unreachable!("it is a cache") };
    for events in 0..40 {
        drop_after(events, &stage.ground().wire, cached.caught_up()).await;
    }
    at_once(cached.caught_up()).await;
    stage.ground().is_whole("CachedStore::caught_up").await;
}

/// A database in which nothing is migrated, or everything.
struct Empty {
    ground: Ground,
}

impl Stage for Empty {
    type Scene = ();

    fn ground(&self) -> &Ground {
        &self.ground
    }

    async fn scene(&self) {
        let all = "drop schema public cascade; create schema public; create table elsewhere ()";
        sqlx::raw_sql(all).execute(&self.ground.direct).await.expect("an empty database");
    }

    /// A migration that was dropped may have been applied in part: each of them is a transaction of its own.
    async fn seen(&self, _: &()) -> String {
        let locks = "select count(*) from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())";
        gate::until("no lock is left", async || count(&self.ground.direct, locks).await == 0).await;
        String::new()
    }

    async fn goes_on(&self, _: &()) {
        let store = PostgresStore::new(self.ground.direct.clone()).cached(10);
        store.migrate().await.expect("another one takes it up");
        let id = new_id();
        store.create(&id, session("ann", "{}")).await.expect("and the tables are there");
        store.store().migrate().await.expect("there is nothing left to do");
    }
}

#[tokio::test]
async fn a_migration_is_taken_up_by_the_next_one() {
    let ground = Ground::new("migrating".into(), &database().await, 1, "elsewhere").await;
    let stage = Empty { ground };
    let store = PostgresStore::new(stage.ground.pool.clone());
    dropped_everywhere("PostgresStore::migrate", &stage, |()| store.migrate()).await;
    let cached = store.cached(10);
    dropped_everywhere("CachedStore::migrate", &stage, |()| cached.migrate()).await;
}

/// Nothing of it is left that could be seen, but connections: the server sees them go.
#[tokio::test]
async fn a_pool_that_nobody_waits_for_is_closed() {
    let url = database().await;
    let ground = Ground::new("connecting".into(), &url, 1, "sessions").await;
    let through = |options: &sqlx::postgres::PgConnectOptions| {
        url.replacen(&format!(":{}/", port_of(&url)), &format!(":{}/", options.get_port()), 1)
    };
    let address = through(&ground.options);
    let connections = "select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'actix-pg-session'";
    sqlx::raw_sql(CONNECT_PG_SIMPLE).execute(&ground.direct).await.expect("the other table");
    let own = async || PostgresStore::connect(&address).await.map(|store| store.pool().clone());
    let shared = async || ExpressStore::connect(&address).await.map(|store| store.pool().clone());
    for events in 0.. {
        // "PostgresStore::connect" "ExpressStore::connect"
        let pools = [
            at_once(drop_after(events, &ground.wire, own())).await,
            at_once(drop_after(events, &ground.wire, shared())).await,
        ];
        let are_done = pools.iter().all(Option::is_some);
        for pool in pools.into_iter().flatten() {
            pool.expect("the database answers").close().await;
        }
        gate::until("its connections are gone", async || count(&ground.direct, connections).await == 0).await;
        if are_done {
            assert!(events > 10, "both wait for the server");
            break;
        }
    }
}

fn port_of(url: &str) -> u16 {
    let options: sqlx::postgres::PgConnectOptions = url.parse().expect("an address");
    options.get_port()
}

#[tokio::test]
async fn who_waits_for_a_pruner_loses_no_round() {
    let stage = Sessions::new((Way::Batched, 2)).await;
    let Store::Own(store) = &stage.store else { unreachable!("it is no cache") };
    let pruning = Pruning { every: Duration::from_millis(1), ..Pruning::default() };
    let mut pruner = store.start_pruning_with(pruning);
    for events in 0..20 {
        // "Pruner::next_round"
        drop_after(events, &stage.ground().wire, pruner.next_round()).await;
    }
    at_once(pruner.next_round()).await;
    for events in 0..20 {
        let pruner = store.start_pruning_with(pruning);
        // "Pruner::stop"
        drop_after(events, &stage.ground().wire, pruner.stop()).await;
    }
    pruner.stop().await;
    stage.ground().is_whole("Pruner::stop").await;
}

#[tokio::test]
async fn a_recorder_whose_stop_nobody_waits_for_stops() {
    let stage = Sessions::new((Way::Batched, 2)).await;
    let Store::Own(store) = &stage.store else { unreachable!("it is no cache") };
    for events in 0..20 {
        let recorder = store.admin().start_recording();
        // "Recorder::stop"
        drop_after(events, &stage.ground().wire, recorder.stop()).await;
    }
    stage.ground().is_whole("Recorder::stop").await;
}

#[tokio::test]
async fn no_event_is_lost_with_a_future_that_was_dropped() {
    let stage = Sessions::new((Way::Batched, 1)).await;
    let sessions = SessionMiddleware::builder(MemoryStore::new(), SECRET).build().expect("the defaults work");
    let mut events = sessions.events();
    for polls in 0..5 {
        // "SessionEvents::next"
        let next = async { Ok::<_, Infallible>(events.next().await) };
        assert!(drop_after(polls.min(1), &stage.ground().wire, next).await.is_none(), "nothing has happened");
    }
    drop(sessions);
    assert_eq!(at_once(events.next()).await, None);
}
