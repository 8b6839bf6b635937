//! Looking at a table that is not ours, before anybody depends on it.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow};

use crate::store::postgres::leased::Connections;
use crate::store::postgres::lone::{ALL, RowOf, sent};
use crate::store::postgres::lost::answered;

/// Asks by statements without a name, since each is sent once.
pub(super) struct Look(pub(super) Arc<Connections>);

impl Look {
    pub(super) async fn all<T>(&self, statement: RowOf<T>) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        sent(self.0.take().await?, statement.persistent(false), ALL, false, None).await
    }

    pub(super) async fn one<T>(&self, statement: RowOf<T>) -> Result<Option<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        Ok(self.all(statement).await?.into_iter().next())
    }

    /// Carries out statements as one message, and so as one transaction.
    pub(super) async fn make(&self, statements: String) -> Result<(), sqlx::Error> {
        let mut leased = self.0.take().await?;
        let making = sqlx::raw_sql(AssertSqlSafe(statements));
        let answer = answered(self.0.pool(), making.execute(&mut *leased)).await;
        leased.after(answer).map(drop)
    }
}
