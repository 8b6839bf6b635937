//! What the play is performed on: a PostgreSQL, and applications that use it.

use std::sync::Arc;

use xtask::postgres::Cluster;

use crate::Result;
use crate::apps::{Apps, Configuration};

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
    /// A new database on this server, and so many applications.
    pub async fn open(
        cluster: Arc<Cluster>,
        database: &str,
        configuration: Configuration,
        processes: usize,
    ) -> Result<Self> {
        cluster.create_database(database)?;
        let apps = Apps::start(configuration, &cluster.url(database), processes).await?;
        Ok(Self { cluster, database: database.to_owned(), apps })
    }

    /// The database's address, past everything that stands between it and the applications.
    pub fn url(&self) -> String {
        self.cluster.url(&self.database)
    }
}
