//! Calls to the store in batches: one statement for all that wait anyway.

mod connection;
mod creates;
mod deletes;
mod keyed;
mod lane;
mod loads;
mod touches;
mod updates;

use std::sync::Arc;

use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use super::calls::{Row, SavedRow};
use super::sql::Sql;
use crate::error::StoreError;
use creates::Creates;
use deletes::Deletes;
use keyed::Key;
use lane::Lane;
use loads::Loads;
use touches::Touches;
use updates::Updates;

pub(super) use creates::NewRow;
pub(super) use updates::ChangedRow;

/// The lanes of a store.
pub(super) struct Lanes {
    loads: Lane<Loads>,
    creates: Lane<Creates>,
    updates: Lane<Updates>,
    touches: Lane<Touches>,
    deletes: Lane<Deletes>,
}

/// How many statements a kind of call has under way. While one is on its way to the database and back,
/// another can be worked on there.
const READS_AT_A_TIME: usize = 2;
const WRITES_AT_A_TIME: usize = 2;

/// How many calls one statement carries at most, so that none waits for a very long one.
const MOST: usize = 256;

impl Lanes {
    pub(super) fn new(pool: &PgPool, sql: &Sql, prepared_statements: bool) -> Self {
        let statement = |sql: &Arc<str>| Statement {
            pool: pool.clone(),
            sql: Arc::clone(sql),
            prepared: prepared_statements,
        };
        let marks = sql.as_distributed().map(|sql| Arc::clone(&sql.marks));
        Self {
            loads: Lane::new(Loads(statement(&sql.load_all)), READS_AT_A_TIME, MOST),
            creates: Lane::new(Creates(statement(&sql.create_all)), WRITES_AT_A_TIME, MOST),
            updates: Lane::new(Updates(statement(&sql.update_all)), WRITES_AT_A_TIME, MOST),
            touches: Lane::new(Touches(statement(&sql.touch_all)), WRITES_AT_A_TIME, MOST),
            deletes: Lane::new(Deletes(statement(&sql.delete_all), marks), WRITES_AT_A_TIME, MOST),
        }
    }
}

/// `None` from any of these: there is no such row for the call, or somebody else holds it. Then the call is
/// to be made alone, which waits for whoever holds the row, and finds out what is the matter.
impl Lanes {
    pub(super) async fn load(&self, key: Key) -> Result<Option<Row>, StoreError> {
        self.loads.ask(key).await
    }

    /// `None`: the key is taken.
    pub(super) async fn create(&self, row: NewRow) -> Result<Option<(Uuid, f64)>, StoreError> {
        self.creates.ask(row).await
    }

    pub(super) async fn update(&self, row: ChangedRow) -> Result<Option<SavedRow>, StoreError> {
        self.updates.ask(row).await
    }

    /// Answers the seconds left.
    pub(super) async fn touch(&self, key: Key) -> Result<Option<f64>, StoreError> {
        self.touches.ask(key).await
    }

    /// `grace`: for how many seconds the end is remembered.
    pub(super) async fn delete(&self, key: Key, grace: f64) -> Result<Option<()>, StoreError> {
        self.deletes.ask((key, grace)).await
    }
}

/// A statement that carries many calls.
struct Statement {
    pool: PgPool,
    sql: Arc<str>,
    prepared: bool,
}

impl Statement {
    fn ask<T: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>>(
        &self,
    ) -> sqlx::query::QueryAs<'static, sqlx::Postgres, T, sqlx::postgres::PgArguments> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(&self.sql))).persistent(self.prepared)
    }
}
