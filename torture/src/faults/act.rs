//! What faults are made of.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use xtask::command::signal;
use xtask::postgres::Cluster;

use crate::dice::Dice;
use crate::stage::Stage;
use crate::{Error, OrSay as _, Result};

/// Carries out what blocks, where it does not hold others up.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::new(error.to_string()))?
}

/// In the sessions' database, past the network that breaks.
pub(super) async fn psql(stage: &Stage, sql: impl Into<String>) -> Result<String> {
    psql_at(&stage.primary(), &stage.database, sql).await
}

pub(super) async fn psql_at(
    cluster: &Arc<Cluster>,
    database: &str,
    sql: impl Into<String>,
) -> Result<String> {
    let (cluster, database, sql) = (Arc::clone(cluster), database.to_owned(), sql.into());
    blocking(move || cluster.psql(&database, &sql)).await
}

/// A connection of the fault's own, for what takes longer than one statement.
pub(super) async fn connection(stage: &Stage) -> Result<PgConnection> {
    PgConnection::connect(&stage.url()).await.or_say(|| "a connection of a fault".to_owned())
}

pub(super) async fn run(connection: &mut PgConnection, sql: impl Into<String>) -> Result<()> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(connection).await;
    done.map(drop).or_say(|| "a statement of a fault".to_owned())
}

/// Lets some time pass, from `least` to twice that.
pub(super) async fn a_while(dice: &mut Dice, least: Duration) {
    let least = least.as_millis() as usize;
    tokio::time::sleep(Duration::from_millis((least + dice.below(least.max(1))) as u64)).await;
}

/// Ends the applications' connections.
pub(super) const END_CONNECTIONS: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity
    where datname = current_database() and application_name in ('torture', 'actix-pg-session cache')";

/// Processes that stand still. They go on when this is dropped.
#[derive(Debug)]
pub(super) struct Frozen(Vec<u32>);

impl Frozen {
    pub(super) fn stop(pids: Vec<u32>) -> Self {
        for pid in &pids {
            signal("STOP", *pid);
        }
        Self(pids)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for pid in &self.0 {
            signal("CONT", *pid);
        }
    }
}
