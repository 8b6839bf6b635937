//! What the play is performed on: PostgreSQL, a network that can break, and applications that use both.

mod memory;
mod pooler;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use actix_pg_session::PostgresStore;
use xtask::postgres::Cluster;

use crate::apps::joint::LINES;
use crate::apps::{Apps, Configuration, Setup};
use crate::proxy::Proxy;
use crate::{Error, OrSay as _, Result};

pub use memory::resident;
pub use pooler::Pooler;

/// Whom the applications log in as. A statement of theirs is stopped by the server before they give it up. They do not
/// bring that themselves, since PgBouncer does not let it pass.
pub const ROLE: &str = "application";

const ROLE_IS_THERE: &str = "do $$ begin
    if to_regrole('application') is null then create role application superuser login password 'application'; end if;
end $$";

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
    /// What stands between it and the applications, or PgBouncer.
    pub proxy: Proxy,
    /// What stands between them and that, where it is used.
    pub pooler: Option<Pooler>,
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
        let lines = sqlx::raw_sql(LINES).execute(&pool).await;
        lines.or_say(|| "the table of the lines".to_owned())?;
        pool.close().await;
        cluster.psql(database, ROLE_IS_THERE)?;
        let limit = setup.times.store_timeout.mul_f64(0.8).as_millis();
        cluster.psql(database, &format!("alter role {ROLE} set statement_timeout = '{limit}ms'"))?;
        let proxy = Proxy::start(address(&cluster)).await.or_say(|| "the proxy".to_owned())?;
        let through = redirected(&as_the_role(&url)?, proxy.address())?;
        let (pooler, through) = match setup.configuration {
            Configuration::Pooled => {
                let (pooler, through) = Pooler::before(&through).await?;
                (Some(pooler), through)
            }
            _ => (None, through),
        };
        let apps = Apps::start(setup, &through).await?;
        let primary = Mutex::new(Arc::clone(&cluster));
        Ok(Self { cluster, primary, database: database.to_owned(), proxy, pooler, apps })
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

fn as_the_role(url: &str) -> Result<String> {
    let (_, place) = url.split_once('@').ok_or_else(|| Error::new("an address without a login"))?;
    Ok(format!("postgres://{ROLE}:{ROLE}@{place}"))
}

/// Host and port of an address.
fn authority(url: &str) -> Result<SocketAddr> {
    let place = url.split_once('@').and_then(|(_, rest)| rest.split_once('/')).map(|(place, _)| place);
    let place = place.ok_or_else(|| Error::new("an address without a host"))?;
    place.parse().or_say(|| format!("{place} is not a host's number and a port"))
}

/// The same address, but for host and port.
fn redirected(url: &str, to: SocketAddr) -> Result<String> {
    Ok(url.replacen(&authority(url)?.to_string(), &to.to_string(), 1))
}
