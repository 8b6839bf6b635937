//! A database, a pool on it over a slow wire, and a direct look at both.

use std::str::FromStr as _;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row as _, Transaction};

use crate::support::gate::{self, PATIENCE};
use crate::support::{count, pool_on};
use crate::wire::Wire;

/// What the pool's connections are called.
const NAME: &str = "dropped";

pub(crate) struct Ground {
    /// For the messages of tests that fail.
    pub(crate) what: String,
    pub(crate) wire: Wire,
    /// How to connect over the wire.
    pub(crate) options: PgConnectOptions,
    /// Over the wire.
    pub(crate) pool: PgPool,
    /// Not over the wire.
    pub(crate) direct: PgPool,
    table: &'static str,
}

impl Ground {
    pub(crate) async fn new(what: String, url: &str, connections: u32, table: &'static str) -> Self {
        let server = PgConnectOptions::from_str(url).expect("an address");
        let wire = Wire::to(&server).await;
        let options = wire.options(&server).application_name(NAME);
        let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
        let pool = pool.connect_lazy_with(options.clone());
        Self { what, wire, options, pool, direct: pool_on(url).await, table }
    }

    /// Takes all connections that the pool may have.
    pub(crate) async fn all_connections(&self) -> Vec<PoolConnection<Postgres>> {
        let mut all = Vec::new();
        for _ in 0..self.pool.options().get_max_connections() {
            all.push(gate::at_once(self.pool.acquire()).await.expect("a connection"));
        }
        all
    }

    /// All connections are there, none is in a transaction or holds a lock, and nobody is at work any more.
    pub(crate) async fn is_whole(&self, when: &str) {
        // Several times: whoever stood in line behind the first has had a turn before the next, and the longest call
        // is so many statements.
        for _ in 0..4 {
            let mut all = self.all_connections().await;
            for connection in &mut all {
                let alone =
                    "select now() = statement_timestamp() and pg_current_xact_id_if_assigned() is null";
                // In one message, so that the two are the same moment unless something was begun before.
                let row = sqlx::raw_sql(alone).fetch_one(&mut **connection).await.expect("it works");
                assert!(row.get::<bool, _>(0), "{when}: a connection came back with a transaction");
            }
        }
        let traces = "select (select count(*) from pg_stat_activity
                where datname = current_database() and application_name = 'dropped' and state <> 'idle')
            + (select count(*) from pg_locks join pg_stat_activity using (pid)
                where datname = current_database() and application_name = 'dropped')";
        let nobody = format!("{when}: nobody is at work, and nothing locked");
        gate::until(&nobody, async || count(&self.direct, traces).await == 0).await;
    }

    /// Keeps everybody else from writing.
    pub(crate) async fn lock(&self) -> Transaction<'static, Postgres> {
        let mut lock = self.direct.begin().await.expect("a transaction");
        let all = AssertSqlSafe(format!("lock table {} in exclusive mode", self.table));
        sqlx::query(all).execute(&mut *lock).await.expect("a lock");
        lock
    }

    /// Waits until somebody waits for a lock.
    pub(crate) async fn somebody_is_stuck(&self) {
        let stuck = "select count(*) from pg_stat_activity
            where datname = current_database() and application_name = 'dropped' and wait_event_type = 'Lock'";
        gate::until("somebody is stuck", async || count(&self.direct, stuck).await > 0).await;
    }
}
