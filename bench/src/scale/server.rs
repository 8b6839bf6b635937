//! The server that everything is measured on.

use std::str::FromStr as _;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use xtask::postgres::Cluster;

use super::Result;
use super::wanted::Wanted;

/// What differs from PostgreSQL's defaults, for a machine with 2 cores, 23 GB of memory, and an SSD. A
/// quarter of the memory is PostgreSQL's own, as its manual recommends. What is committed is on the disk:
/// private clusters are made for tests, and have that turned off.
const SETTINGS: [(&str, &str); 9] = [
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("max_connections", "100"),
    ("shared_buffers", "6GB"),
    ("effective_cache_size", "16GB"),
    ("maintenance_work_mem", "512MB"),
    ("max_wal_size", "4GB"),
    ("random_page_cost", "1.1"),
    ("track_io_timing", "on"),
];

/// Connections of the pool, as `PostgresStore::connect` has.
const CONNECTIONS: u32 = 10;

pub(super) struct Server {
    cluster: Cluster,
    /// As they were given.
    pub(super) settings: Vec<(String, String)>,
}

pub(super) fn start(wanted: &Wanted) -> Result<Server> {
    let given = SETTINGS.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let mut settings: Vec<(String, String)> = given.collect();
    for (name, value) in &wanted.settings {
        settings.retain(|(known, _)| known != name);
        settings.push((name.clone(), value.clone()));
    }
    let borrowed: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let cluster = Cluster::ephemeral_with(&borrowed)?;
    Ok(Server { cluster, settings })
}

impl Server {
    /// A pool as an application has one.
    pub(super) async fn pool(&self) -> Result<PgPool> {
        self.pool_called("visitors").await
    }

    /// The same, under another name among the server's connections.
    pub(super) async fn pool_called(&self, name: &str) -> Result<PgPool> {
        let options = PgConnectOptions::from_str(&self.cluster.url("postgres"))?.application_name(name);
        Ok(PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?)
    }
}
