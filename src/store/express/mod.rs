//! Sessions in the table of connect-pg-simple, shared with an Express application.

mod builder;
mod calls;
mod cookie;
mod facts;
#[cfg(feature = "fuzz-internals")]
pub mod fuzzed;
mod import;
mod look;
mod prune;
mod rewrite;
mod row;
mod sql;
mod table;
mod template;
mod text;
mod zone;

use sqlx::PgPool;
use std::fmt;
use std::sync::Arc;

use crate::error::StoreError;
use crate::store::postgres::leased::Connections;
use row::Rules;
use sql::Sql;
use table::{Expire, Table};

pub use builder::ExpressStoreBuilder;
pub use import::{Import, Imported};

/// Sessions in the table that an Express application keeps with connect-pg-simple.
///
/// Both applications serve the same visitors at once: a session that one has begun, changed or ended is
/// so for the other. Use it with [`express_defaults`](crate::SessionMiddlewareBuilder::express_defaults),
/// and with the options and the secret of the Express application.
///
/// ```no_run
/// use actix_pg_session::{ExpressStore, SessionMiddleware};
///
/// # async fn boot(pool: sqlx::PgPool, secret: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let store = ExpressStore::builder(pool).build().await?;
/// let sessions = SessionMiddleware::builder(store, secret)
///     .express_defaults()
///     .resave(false)
///     .save_uninitialized(false)
///     .build()?;
/// # drop(sessions);
/// # Ok(())
/// # }
/// ```
///
/// What it keeps of the law: an update never inserts, so a request that was slow does not bring back a
/// session that was ended meanwhile, neither here nor there; and only differences are written, so what
/// Node has stored under other names stays, to the last byte. What it cannot keep is what the other side
/// does: connect-pg-simple writes whole sessions, and inserts one that has gone.
///
/// The table holds ids as they are in the cookie, as connect-pg-simple wants it. Whoever reads the
/// table can take sessions over; the crate's own store does not have that.
///
/// # Cost
///
/// A load and a deletion are one statement. A save, a renewal and a [`ExpressTouch::Row`] touch are two,
/// one to read the row's text and one to replace it if it is still the same. If it is not, four more, in
/// which the row is held.
#[derive(Clone)]
pub struct ExpressStore {
    inner: Arc<Inner>,
}

struct Inner {
    pool: PgPool,
    connections: Arc<Connections>,
    table: Table,
    sql: Sql,
    rules: Rules,
    touch: ExpressTouch,
    prepared_statements: bool,
}

/// What a touch moves in a row of connect-pg-simple's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpressTouch {
    /// The column `expire` and the times in the `cookie` object, so that Node reads a `maxAge` that is
    /// true, and a lifetime that was changed lasts.
    #[default]
    Row,
    /// The column only, as connect-pg-simple does: `cookie.maxAge` shrinks from use to use until something
    /// is saved, and a lifetime that was changed and nothing else lasts until the next touch. One
    /// statement that leaves the JSON alone, and one to read it.
    Column,
}

impl ExpressStore {
    /// Opens connect-pg-simple's table `session`, through a pool of its own, as
    /// [`PostgresStore::connect`](crate::PostgresStore::connect) does.
    ///
    /// # Errors
    ///
    /// As [`ExpressStoreBuilder::build`], and when the address is malformed or nobody answers.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let store = crate::PostgresStore::connect(url).await?;
        Self::builder(store.pool().clone()).build().await
    }

    /// Begins a store with names or settings of its own, through the application's pool.
    pub fn builder(pool: PgPool) -> ExpressStoreBuilder {
        ExpressStoreBuilder::new(pool)
    }

    /// The time zone that the column `expire` is read and filled in, as it was given or found;
    /// `None` if the column is a `timestamptz` and needs none.
    pub fn time_zone(&self) -> Option<&str> {
        match &self.inner.table.expire {
            Expire::Local { zone } => Some(zone),
            Expire::Instant => None,
        }
    }

    /// The pool that the store sends its statements through.
    pub fn pool(&self) -> &PgPool {
        &self.inner.pool
    }
}

impl fmt::Debug for ExpressStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExpressStore").field("table", &self.inner.table).finish_non_exhaustive()
    }
}
