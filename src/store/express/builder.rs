//! The settings of a store, and a look at its table before anybody depends on it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;

use super::look::Look;
use super::row::Rules;
use super::sql::Sql;
use super::table::{Columns, Expire, Table, create_if_missing};
use super::{ExpressStore, ExpressTouch, Inner, zone};
use crate::error::StoreError;
use crate::id::SessionId;
use crate::store::postgres::leased::Connections;
use crate::store::postgres::names::check;

/// The longest name of PostgreSQL, and of a table whose index must be named after it.
const LONGEST_NAME: usize = 63;

/// Collects the settings of an [`ExpressStore`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build()`"]
pub struct ExpressStoreBuilder {
    pool: PgPool,
    schema: String,
    table: String,
    time_zone: Option<String>,
    ttl: Option<Duration>,
    touch: ExpressTouch,
    create_table_if_missing: bool,
    admin_columns: bool,
    prepared_statements: bool,
}

impl ExpressStoreBuilder {
    pub(super) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            schema: "public".into(),
            table: "session".into(),
            time_zone: None,
            ttl: None,
            touch: ExpressTouch::default(),
            create_table_if_missing: false,
            admin_columns: false,
            prepared_statements: true,
        }
    }

    /// connect-pg-simple's `schemaName`. Default: `public`.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// connect-pg-simple's `tableName`. Default: `session`.
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = table.into();
        self
    }

    /// The time zone of Node's connections, as `show timezone` prints on one of them. Default: what the
    /// server gives to a connection of this role and database that asks for none, which is what
    /// node-postgres does.
    ///
    /// It matters where `expire` is a `timestamp`, as in connect-pg-simple's own DDL. With `timestamptz`,
    /// which connect-pg-simple works with as well, there is nothing to say and nothing to go wrong.
    pub fn time_zone(mut self, zone: impl Into<String>) -> Self {
        self.time_zone = Some(zone.into());
        self
    }

    /// connect-pg-simple's `ttl`: how long a session lives without use whose cookie goes when the browser
    /// closes. As there, it means nothing to a session with a `maxAge`. Default: what the session was
    /// given here ([`max_age`](crate::SessionMiddlewareBuilder::max_age), which is a day under
    /// [`express_defaults`](crate::SessionMiddlewareBuilder::express_defaults)), and a day if it was begun
    /// by Node.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// What a touch moves. Default: [`ExpressTouch::Row`].
    pub fn touch(mut self, touch: ExpressTouch) -> Self {
        self.touch = touch;
        self
    }

    /// connect-pg-simple's `createTableIfMissing`. Default: `false`. Any number of processes may do it
    /// at once.
    pub fn create_table_if_missing(mut self, yes: bool) -> Self {
        self.create_table_if_missing = yes;
        self
    }

    /// Fills the columns `owner text`, `ip inet` and `user_agent text`, which an administrator has added
    /// to the table, when a session begins here. Default: `false`. Node leaves them alone, and they are
    /// null in a row that Node has begun.
    ///
    /// Other columns may be there anyway, as long as they may be null or have a default.
    pub fn admin_columns(mut self, yes: bool) -> Self {
        self.admin_columns = yes;
        self
    }

    /// Whether statements are prepared under names; see
    /// [`PostgresStoreBuilder::prepared_statements`](crate::PostgresStoreBuilder::prepared_statements).
    /// Default: `true`.
    pub fn prepared_statements(mut self, yes: bool) -> Self {
        self.prepared_statements = yes;
        self
    }

    /// Looks at the table, and settles the time zone. Cost: up to eight queries.
    ///
    /// # Errors
    ///
    /// When the database does not answer; the table is missing or is not of connect-pg-simple's shape; the
    /// time zone can neither be told nor is given; or the rows that are there say that it is another one.
    pub async fn build(self) -> Result<ExpressStore, StoreError> {
        check("schema", &self.schema, LONGEST_NAME).map_err(StoreError::failed)?;
        check("table", &self.table, LONGEST_NAME).map_err(StoreError::failed)?;
        let connections = Connections::of(&self.pool);
        let look = Look(Arc::clone(&connections));
        if self.create_table_if_missing {
            create_if_missing(&look, &self.schema, &self.table).await?;
        }
        let columns = Columns::of(&look, &self.schema, &self.table).await?;
        if self.admin_columns {
            columns.check_admin()?;
        }
        let sess = columns.sess()?;
        let is_instant = columns.expire_is_instant()?;
        columns.check_others()?;
        let expire = match is_instant {
            true => Expire::Instant,
            false => {
                let zone = zone::settle(&look, columns.name(), self.time_zone.as_deref()).await?;
                Expire::Local { zone }
            }
        };
        let table =
            Table { name: columns.name().to_owned(), sess, expire, admin_columns: self.admin_columns };
        let [first, second, ..] = *SessionId::from_secret(table.name.as_str()).digest().as_bytes();
        let tag = [first, second];
        Ok(ExpressStore {
            inner: Arc::new(Inner {
                sql: Sql::new(&table),
                connections,
                pool: self.pool,
                table,
                rules: Rules { ttl: self.ttl, table: tag },
                touch: self.touch,
                prepared_statements: self.prepared_statements,
            }),
        })
    }
}
