//! Sessions in PostgreSQL: one row each, that an administrator can read.

pub mod admin;
mod admission;
mod batch;
mod calls;
pub(in crate::store) mod care;
mod distributed;
pub(super) mod fault;
#[cfg(feature = "fuzz-internals")]
pub mod fuzzed;
#[cfg(feature = "express")]
pub(super) mod import;
mod joined;
mod layout;
pub(in crate::store) mod leased;
#[cfg(feature = "cache")]
pub(super) mod listen;
pub(in crate::store) mod lone;
pub(in crate::store) mod lost;
pub(in crate::store) mod moment;
pub(super) mod names;
pub(super) mod owners;
mod prune;
mod schema;
mod sql;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::Semaphore;

use crate::error::{ConfigError, StoreError};
use admission::Turns;
use batch::Lanes;
pub use joined::Joined;
use joined::Open;
pub use layout::Layout;
use leased::Connections;
use names::Names;
use sql::Sql;

/// Sessions in a table of PostgreSQL 14 or later.
///
/// Clones share everything. A call is one statement, alone or with others that wait anyway
/// ([`batching`](PostgresStoreBuilder::batching)), and is durable when it is answered. One that finds no row
/// may send another, to learn why.
///
/// ```no_run
/// use actix_pg_session::{PostgresStore, SessionMiddleware};
///
/// # async fn boot(pool: sqlx::PgPool, secret: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::new(pool); // the application's own pool
/// store.migrate().await?;
/// let pruner = store.start_pruning();
/// let sessions = SessionMiddleware::builder(store, secret).build()?;
/// # drop((pruner, sessions));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
    /// A transaction that all calls go into, instead of the pool.
    joined: Option<Arc<Open>>,
    /// What lives until the last statement that was sent is over.
    meanwhile: Option<Meanwhile>,
}

/// Something that is dropped when the database has answered, even if nobody waits for that any more.
pub(in crate::store) type Meanwhile = Arc<dyn Send + Sync>;

/// How long a pool of ours waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

struct Inner {
    pool: PgPool,
    connections: Arc<Connections>,
    names: Names,
    layout: Layout,
    sql: Sql,
    prepared_statements: bool,
    /// `None`: each call is sent alone.
    lanes: Option<Lanes>,
    turns: Turns,
    /// Connections that administrators may take at once.
    administrators: Arc<Semaphore>,
}

impl PostgresStore {
    /// Keeps sessions in `public.sessions`, through the application's own pool.
    pub fn new(pool: PgPool) -> Self {
        Self::with(pool, Names::default(), Layout::Plain, true, true)
    }

    /// Keeps sessions in `public.sessions`, through a pool of its own: up to ten connections, each
    /// statement stopped by the server after four seconds.
    ///
    /// That is less than the middleware's [`store_timeout`], so that a renewal which the visitor was
    /// told has failed does not happen afterwards and leave the browser with a dead id. A pool passed
    /// to [`new`](Self::new) wants a `statement_timeout` for the same reason.
    ///
    /// [`store_timeout`]: crate::SessionMiddlewareBuilder::store_timeout
    ///
    /// Behind PgBouncer pass a pool to [`builder`](Self::builder) instead, since PgBouncer refuses
    /// connections that bring settings.
    ///
    /// TLS is the application's choice, by a feature of sqlx such as `tls-rustls`. Without one, an address with
    /// `sslmode=require` is refused, and one that says nothing of it means clear text.
    ///
    /// # Errors
    ///
    /// When the address is malformed, or the database lets nobody in for five seconds.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(fault::no_address)?
            .application_name("actix-pg-session")
            .options([("statement_timeout", "4s")]);
        let pool = PgPoolOptions::new()
            .max_connections(10)
            .acquire_timeout(PATIENCE)
            .connect_with(options.clone())
            .await
            .map_err(|error| fault::not_connected(&options, PATIENCE, error))?;
        Ok(Self::new(pool))
    }

    /// Begins a store with names or settings of its own.
    pub fn builder(pool: PgPool) -> PostgresStoreBuilder {
        PostgresStoreBuilder {
            pool,
            schema: "public".into(),
            table: "sessions".into(),
            layout: Layout::Plain,
            prepared_statements: true,
            batching: true,
        }
    }

    /// The pool that the store sends its statements through.
    pub fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    fn with(pool: PgPool, names: Names, layout: Layout, prepared_statements: bool, batching: bool) -> Self {
        let sql = Sql::new(&names, layout);
        let connections = Connections::of(&pool);
        let lanes = batching.then(|| Lanes::new(&connections, &sql, prepared_statements));
        let turns = Turns::default();
        let administrators = admin::turns(&pool);
        let inner = Inner {
            pool,
            connections,
            names,
            layout,
            sql,
            prepared_statements,
            lanes,
            turns,
            administrators,
        };
        Self { inner: Arc::new(inner), joined: None, meanwhile: None }
    }

    /// The same store, with something that lives as long as this one and every statement that it has sent.
    #[cfg(feature = "cache")]
    pub(in crate::store) fn during(&self, meanwhile: Meanwhile) -> Self {
        Self { meanwhile: Some(meanwhile), ..self.clone() }
    }

    /// Nobody else's call has a place in a transaction.
    fn lanes(&self) -> Option<&Lanes> {
        self.inner.lanes.as_ref().filter(|_| self.joined.is_none())
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { names, layout, .. } = &*self.inner;
        f.debug_struct("PostgresStore").field("names", names).field("layout", layout).finish_non_exhaustive()
    }
}

/// Collects the settings of a [`PostgresStore`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build()`"]
pub struct PostgresStoreBuilder {
    pool: PgPool,
    schema: String,
    table: String,
    layout: Layout,
    prepared_statements: bool,
    batching: bool,
}

impl PostgresStoreBuilder {
    /// The schema of the tables. Default: `public`. Always named in full, so `search_path` does not
    /// matter.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// The table of the sessions. Default: `sessions`. What belongs to it is named after it:
    /// `<table>_ended`, `<table>_history`, `active_<table>`, `prune_<table>`, `_<table>_migrations`.
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = table.into();
        self
    }

    /// How the table of sessions is laid out. Default: [`Layout::Plain`]. It decides what
    /// [`migrate`](PostgresStore::migrate) creates and which statements are sent, so it must be that of the
    /// table that is there.
    ///
    /// ```no_run
    /// # use actix_pg_session::{Layout, PostgresStore};
    /// # fn store(pool: sqlx::PgPool) -> Result<PostgresStore, actix_pg_session::ConfigError> {
    /// PostgresStore::builder(pool).layout(Layout::Partitioned { partitions: 16 }).build()
    /// # }
    /// ```
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Whether statements are prepared under names, once a connection. Default: `true`. Turn it off
    /// behind a PgBouncer in transaction mode that does not follow prepared statements (before 1.21,
    /// or with `max_prepared_statements = 0`).
    ///
    /// Each statement is then prepared anew and goes in a transaction of its own, `begin` and `commit` around
    /// it: preparing and executing are two messages, between which PgBouncer would otherwise hand the
    /// connection to somebody else. That is three round trips more; with
    /// [`batching`](Self::batching) they are shared.
    pub fn prepared_statements(mut self, yes: bool) -> Self {
        self.prepared_statements = yes;
        self
    }

    /// Whether calls that wait anyway go together, as one statement. Default: `true`.
    ///
    /// Nothing waits for others to come: a call is sent at once unless a statement of its kind is on its way, and
    /// goes with all that came meanwhile when that is back. What is promised is the same: a call is answered
    /// when what it did is committed.
    pub fn batching(mut self, yes: bool) -> Self {
        self.batching = yes;
        self
    }

    /// Checks the names and the layout.
    ///
    /// # Errors
    ///
    /// When a name is empty, has `'` or `$$` in it, or is too long: the schema's beyond 63 bytes, the
    /// table's beyond 40. When the layout has no part, or more than 1024.
    pub fn build(self) -> Result<PostgresStore, ConfigError> {
        let names = Names::new(&self.schema, &self.table)?;
        self.layout.check()?;
        Ok(PostgresStore::with(self.pool, names, self.layout, self.prepared_statements, self.batching))
    }
}
