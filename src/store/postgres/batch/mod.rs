//! Calls to the store in batches: one statement for all that wait anyway.

mod connection;
mod creates;
mod deletes;
mod keyed;
mod lane;
mod loads;
mod parking;
mod touches;
mod updates;

use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{AssertSqlSafe, FromRow, Postgres};
use uuid::Uuid;

use super::Meanwhile;
use super::calls::{Row, SavedRow};
use super::leased::Connections;
use super::sql::Sql;
use crate::error::StoreError;
use creates::Creates;
use deletes::Deletes;
use keyed::Key;
use lane::Lane;
use loads::Loads;
use parking::Parking;
use touches::Touches;
use updates::Updates;

pub(super) use creates::NewRow;
pub(super) use loads::Loaded as LoadedRow;
pub(super) use updates::ChangedRow;

/// The lanes of a store.
pub(super) struct Lanes {
    loads: Lane<Loads>,
    creates: Lane<Creates>,
    updates: Lane<Updates>,
    touches: Lane<Touches>,
    deletes: Lane<Deletes>,
}

/// How many statements a kind of call has under way, if the first is late.
const AT_A_TIME: usize = 2;

/// How many calls one statement carries at most, so that none waits for a very long one.
const MOST: usize = 256;

impl Lanes {
    pub(super) fn new(connections: &Arc<Connections>, sql: &Sql, prepared_statements: bool) -> Self {
        let parking = Parking::new(connections);
        let statement = |sql: &Arc<str>, one: Option<&Arc<str>>| Statement {
            parking: Arc::clone(&parking),
            sql: Arc::clone(sql),
            one: one.map(Arc::clone),
            prepared: prepared_statements,
        };
        let free = sql.as_one_node();
        let loads = Loads(statement(&sql.load_all, Some(&sql.load)));
        let creates = Creates(statement(&sql.create_all, Some(&sql.create)));
        let updates = Updates(statement(&sql.update_all, free.map(|sql| &sql.update_free)));
        let touches = Touches(statement(&sql.touch_all, free.map(|sql| &sql.touch_free)));
        let marks = sql.as_distributed().map(|sql| Arc::clone(&sql.marks));
        let deletes = Deletes(statement(&sql.delete_all, free.map(|sql| &sql.delete_free)), marks);
        Self {
            loads: Lane::new(loads, AT_A_TIME, MOST),
            creates: Lane::new(creates, AT_A_TIME, MOST),
            updates: Lane::new(updates, AT_A_TIME, MOST),
            touches: Lane::new(touches, AT_A_TIME, MOST),
            deletes: Lane::new(deletes, AT_A_TIME, MOST),
        }
    }
}

/// `None` from any of these: there is no such row for the call, or somebody else holds it. Then the call is
/// to be made alone, which waits for whoever holds the row, and finds out what is the matter.
impl Lanes {
    pub(super) async fn load(&self, key: Key) -> Result<Option<Row>, StoreError> {
        Ok(self.loads.ask(key, None).await?.map(|answered| answered.row))
    }

    /// `None`: the key is taken.
    pub(super) async fn create(
        &self,
        row: NewRow,
        meanwhile: Option<Meanwhile>,
    ) -> Result<Option<(Uuid, f64)>, StoreError> {
        Ok(self.creates.ask(row, meanwhile).await?.map(|answered| answered.row))
    }

    /// Answers also whether no other change went into the same row with this one.
    pub(super) async fn update(&self, row: ChangedRow) -> Result<Option<(SavedRow, bool)>, StoreError> {
        Ok(self.updates.ask(row, None).await?.map(|answered| (answered.row, answered.is_alone)))
    }

    /// Answers the seconds left.
    pub(super) async fn touch(&self, key: Key) -> Result<Option<f64>, StoreError> {
        Ok(self.touches.ask(key, None).await?.map(|answered| answered.row))
    }

    /// `grace`: for how many seconds the end is remembered.
    pub(super) async fn delete(
        &self,
        key: Key,
        grace: f64,
        meanwhile: Option<Meanwhile>,
    ) -> Result<Option<()>, StoreError> {
        Ok(self.deletes.ask((key, grace), meanwhile).await?.map(|answered| answered.row))
    }
}

/// A statement that carries many calls.
///
/// PostgreSQL plans one with arrays anew each time it is cheaper for arrays as short as these, which a batch of one
/// always is; the planning is then most of what it costs. So a single call has a statement of its own, that is
/// planned once.
struct Statement {
    parking: Arc<Parking>,
    sql: Arc<str>,
    one: Option<Arc<str>>,
    prepared: bool,
}

type Query<T> = QueryAs<'static, Postgres, T, PgArguments>;

impl Statement {
    fn ask<T: for<'r> FromRow<'r, PgRow>>(&self) -> Query<T> {
        self.query(&self.sql)
    }

    /// The statement for a single call, if this is one.
    fn ask_one<'a, T, A>(&self, asks: &'a [A]) -> Option<(Query<T>, &'a A)>
    where
        T: for<'r> FromRow<'r, PgRow>,
    {
        match (&self.one, asks) {
            (Some(sql), [ask]) => Some((self.query(sql), ask)),
            _ => None,
        }
    }

    fn query<T: for<'r> FromRow<'r, PgRow>>(&self, sql: &Arc<str>) -> Query<T> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(sql))).persistent(self.prepared)
    }
}
