//! What the play is performed on: PostgreSQL, a network that can break, and applications that use both.

mod memory;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use actix_pg_session::PostgresStore;
use xtask::postgres::Cluster;

use crate::apps::{Apps, Setup};
use crate::proxy::Proxy;
use crate::{OrSay as _, Result};

pub use memory::resident;

/// A PostgreSQL, and the applications on it, whose way to it leads through a proxy. Dropping it ends all.
#[derive(Debug)]
pub struct Stage {
    /// The server that was there in the beginning, and is in the end. Its methods block: call them in
    /// `tokio::task::spawn_blocking`.
    pub cluster: Arc<Cluster>,
    /// The server that takes writes now.
    primary: Mutex<Arc<Cluster>>,
    /// The database that the sessions are in.
    pub database: String,
    /// What stands between it and the applications.
    pub proxy: Proxy,
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
        let proxy = Proxy::start(address(&cluster)).await.or_say(|| "the proxy".to_owned())?;
        let through = url.replacen(&address(&cluster).to_string(), &proxy.address().to_string(), 1);
        let apps = Apps::start(setup, &through).await?;
        let primary = Mutex::new(Arc::clone(&cluster));
        Ok(Self { cluster, primary, database: database.to_owned(), proxy, apps })
    }

    /// The server that takes writes now. Its methods block.
    pub fn primary(&self) -> Arc<Cluster> {
        Arc::clone(&self.primary.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on this one does; new connections lead there.
    pub fn lead_to(&self, primary: &Arc<Cluster>) {
        *self.primary.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(primary);
        self.proxy.lead_to(address(primary));
    }

    /// The database's address, past everything that stands between it and the applications.
    pub fn url(&self) -> String {
        self.primary().url(&self.database)
    }
}

fn address(cluster: &Cluster) -> SocketAddr {
    ([127, 0, 0, 1], cluster.port()).into()
}
