//! Sessions in PostgreSQL: one row each, that an administrator can read.

mod batch;
mod calls;
pub(super) mod fault;
#[cfg(feature = "express")]
pub(super) mod import;
#[cfg(feature = "cache")]
pub(super) mod listen;
pub(super) mod names;
mod prune;
mod schema;
mod sql;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::error::{ConfigError, StoreError};
use batch::Lanes;
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
}

/// How long a pool of ours waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

struct Inner {
    pool: PgPool,
    names: Names,
    sql: Sql,
    prepared_statements: bool,
    /// `None`: each call is sent alone.
    lanes: Option<Lanes>,
}

impl PostgresStore {
    /// Keeps sessions in `public.sessions`, through the application's own pool.
    pub fn new(pool: PgPool) -> Self {
        Self::with(pool, Names::default(), true, true)
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
            prepared_statements: true,
            batching: true,
        }
    }

    /// The pool that the store sends its statements through.
    pub fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    fn with(pool: PgPool, names: Names, prepared_statements: bool, batching: bool) -> Self {
        let sql = Sql::new(&names);
        let lanes = batching.then(|| Lanes::new(&pool, &sql, prepared_statements));
        Self { inner: Arc::new(Inner { pool, names, sql, prepared_statements, lanes }) }
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("names", &self.inner.names).finish_non_exhaustive()
    }
}

/// Collects the settings of a [`PostgresStore`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build()`"]
pub struct PostgresStoreBuilder {
    pool: PgPool,
    schema: String,
    table: String,
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
    /// `<table>_ended`, `active_<table>`, `prune_<table>`, `_<table>_migrations`.
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = table.into();
        self
    }

    /// Whether statements are prepared under names, once a connection. Default: `true`. Turn it off
    /// behind a PgBouncer in transaction mode that does not follow prepared statements (before 1.21,
    /// or with `max_prepared_statements = 0`).
    pub fn prepared_statements(mut self, yes: bool) -> Self {
        self.prepared_statements = yes;
        self
    }

    /// Whether calls that wait anyway go together, as one statement. Default: `true`.
    ///
    /// Nothing waits for others to come: a call is sent at once unless two statements of its kind are on
    /// their way, and goes with all that came meanwhile when one of them is back. What is promised is the
    /// same: a call is answered when what it did is committed.
    pub fn batching(mut self, yes: bool) -> Self {
        self.batching = yes;
        self
    }

    /// Checks the names.
    ///
    /// # Errors
    ///
    /// When a name is empty, has `'` or `$$` in it, or is too long: the schema's beyond 63 bytes, the
    /// table's beyond 40.
    pub fn build(self) -> Result<PostgresStore, ConfigError> {
        let names = Names::new(&self.schema, &self.table)?;
        Ok(PostgresStore::with(self.pool, names, self.prepared_statements, self.batching))
    }
}
