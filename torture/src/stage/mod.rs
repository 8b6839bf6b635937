//! What the play is performed on: a PostgreSQL, and applications that use it.

use std::sync::Arc;

use actix_pg_session::PostgresStore;
use xtask::postgres::Cluster;

use crate::apps::{Apps, Setup};
use crate::{OrSay as _, Result};

/// A PostgreSQL and the applications on it. Dropping it ends all.
#[derive(Debug)]
pub struct Stage {
    /// The server. Its methods block: call them in `tokio::task::spawn_blocking`.
    pub cluster: Arc<Cluster>,
    /// The database that the sessions are in.
    pub database: String,
    /// The applications.
    pub apps: Apps,
}

impl Stage {
    /// A new database on this server, with the tables in it, and the applications.
    pub async fn open(cluster: Arc<Cluster>, database: &str, setup: &Setup) -> Result<Self> {
        cluster.create_database(database)?;
        let url = cluster.url(database);
        let store = PostgresStore::connect(&url).await.or_say(|| "the database".to_owned())?;
        let pool = store.pool().clone();
        let migrated = match setup.configuration.has_cache() {
            true => store.cached(1).migrate().await,
            false => store.migrate().await,
        };
        migrated.or_say(|| "the tables".to_owned())?;
        pool.close().await;
        let apps = Apps::start(setup, &url).await?;
        Ok(Self { cluster, database: database.to_owned(), apps })
    }

    /// The database's address, past everything that stands between it and the applications.
    pub fn url(&self) -> String {
        self.cluster.url(&self.database)
    }
}
