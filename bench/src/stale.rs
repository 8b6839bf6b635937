//! `./dev bench stale`: for how long a cache answers what is no longer true, and what an entry weighs.
//!
//! Two caches on one database, each with connections of its own, as two processes have them. One writes; as soon
//! as the commit is acknowledged the other is read without a pause until it knows.

use std::error::Error;
use std::future::Future;
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use actix_pg_session::{
    CacheState, CachedStore, Caching, Change, Client, Data, Lifetime, Loaded, NewSession, PostgresStore,
    SessionId, SessionStore as _,
};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgPool};
use xtask::postgres::Cluster;

use crate::wire::Wire;

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 200;
/// Those that have to wait for the silence to be noticed take seconds.
const SILENT_ROUNDS: usize = 10;
const WEIGHED: usize = 100_000;

pub(crate) fn run() -> Outcome<()> {
    let cluster = Cluster::ephemeral()?;
    let url = cluster.url("postgres");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let writer = PostgresStore::connect(&url).await?.cached(1000);
        writer.migrate().await?;
        let server = PgConnectOptions::from_str(&url)?;
        let wire = Wire::to(&server).await;
        let caching = Caching::new(1000).listen_with(wire.options(&server));
        let reader = PostgresStore::connect(&url).await?.cached(caching);
        let both = Both { writer, reader, wire, psql: PgPool::connect(&url).await? };

        println!("| after | rounds | median ms | 99 % ms | longest ms |\n| --- | --- | --- | --- | --- |");
        row("a save in another process", both.rounds(ROUNDS, Both::save).await?);
        row("a sign-out in another process", both.rounds(ROUNDS, Both::sign_out).await?);
        row("a `delete` in psql", both.rounds(ROUNDS, Both::delete_in_psql).await?);
        row("a `delete` while the listener is killed", both.rounds(ROUNDS, Both::delete_and_kill).await?);
        row("a `delete` while packets are dropped", both.rounds(SILENT_ROUNDS, Both::delete_unheard).await?);
        weigh(&both.writer).await
    })
}

struct Both {
    writer: CachedStore,
    reader: CachedStore,
    wire: Wire,
    psql: PgPool,
}

impl Both {
    /// How long each change took to be seen.
    async fn rounds<'a, F>(
        &'a self,
        rounds: usize,
        change: impl Fn(&'a Self, SessionId) -> F,
    ) -> Outcome<Vec<Duration>>
    where
        F: Future<Output = Outcome<()>>,
    {
        let mut windows = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            self.wire.mend();
            while self.reader.stats().state != CacheState::Live {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let id = session(&self.writer).await?;
            while !knows(&self.reader, &id).await? {}
            change(self, id.clone()).await?;
            let committed = Instant::now();
            while is_as_before(&self.reader, &id).await? {
                tokio::task::yield_now().await;
            }
            windows.push(committed.elapsed());
        }
        Ok(windows)
    }

    async fn save(&self, id: SessionId) -> Outcome<()> {
        let set = Data::from_json(r#"{"n": 2}"#)?;
        self.writer.update(&id, Change { set, ..Change::default() }).await?;
        Ok(())
    }

    async fn sign_out(&self, id: SessionId) -> Outcome<()> {
        self.writer.delete(&id, Duration::ZERO).await?;
        Ok(())
    }

    async fn delete_in_psql(&self, id: SessionId) -> Outcome<()> {
        sqlx::query("delete from sessions where key = $1")
            .bind(id.digest().as_bytes())
            .execute(&self.psql)
            .await?;
        Ok(())
    }

    async fn delete_and_kill(&self, id: SessionId) -> Outcome<()> {
        let kill = "select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'actix-pg-session cache'";
        sqlx::query(AssertSqlSafe(kill)).execute(&self.psql).await?;
        self.delete_in_psql(id).await
    }

    async fn delete_unheard(&self, id: SessionId) -> Outcome<()> {
        self.wire.freeze();
        self.delete_in_psql(id).await
    }
}

fn new() -> Outcome<NewSession> {
    let data = format!(r#"{{"n": 1, "name": "visitor", "cart": [1, 2, 3], "note": "{}"}}"#, "x".repeat(200));
    Ok(NewSession {
        data: Data::from_json(&data)?,
        owner: Some("ann".into()),
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(Duration::from_secs(3600), Duration::from_secs(36_000)),
        cookie: None,
    })
}

async fn session(store: &CachedStore) -> Outcome<SessionId> {
    let id = SessionId::generate()?;
    store.create(&id, new()?).await?;
    Ok(id)
}

async fn knows(store: &CachedStore, id: &SessionId) -> Outcome<bool> {
    let hits = store.stats().hits;
    store.load(id).await?;
    Ok(store.stats().hits > hits)
}

async fn is_as_before(store: &CachedStore, id: &SessionId) -> Outcome<bool> {
    match store.load(id).await? {
        Loaded::Live(record) => Ok(record.version == 1),
        Loaded::Ended | Loaded::Absent => Ok(false),
    }
}

fn row(what: &str, mut windows: Vec<Duration>) {
    windows.sort_unstable();
    let at = |part: f64| windows[((windows.len() - 1) as f64 * part).round() as usize].as_secs_f64() * 1e3;
    println!("| {what} | {} | {:.2} | {:.2} | {:.2} |", windows.len(), at(0.5), at(0.99), at(1.0));
}

/// Fills a cache, and asks Linux what that has cost.
async fn weigh(store: &CachedStore) -> Outcome<()> {
    let cache = store.store().clone().cached(WEIGHED * 2);
    cache.caught_up().await;
    let mut ids = Vec::with_capacity(WEIGHED);
    for _ in 0..WEIGHED / 100 {
        let some: Vec<_> = (0..100).map(|_| session(store)).collect();
        ids.extend(futures_util::future::try_join_all(some).await?);
    }
    let before = resident()?;
    for some in ids.chunks(100) {
        futures_util::future::try_join_all(some.iter().map(|id| cache.load(id))).await?;
    }
    let sessions = cache.stats().sessions;
    println!(
        "\nan entry of a session of some 280 bytes: {} bytes, over {sessions} of them",
        (resident()? - before) / sessions as u64
    );
    Ok(())
}

/// Bytes of this process that are in memory.
fn resident() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}
