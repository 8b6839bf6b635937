//! The connection that a lane sends its statements through.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{Connection as _, FromRow, PgPool, Postgres};

use super::Statement;

/// Taken from the pool for the first statement of a run, and kept while there is more to send: each return
/// to the pool costs a round trip, each taking out another.
#[derive(Default)]
pub(super) struct Kept(Option<PoolConnection<Postgres>>);

impl Kept {
    /// Sends one statement: as it is, or in a transaction, since one without a name is two messages, which
    /// PgBouncer would send to two servers.
    pub(super) async fn fetch<T>(
        &mut self,
        of: &Statement,
        statement: QueryAs<'static, Postgres, T, PgArguments>,
    ) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        if !of.prepared {
            return self.fetch_then(of, statement, |_| None).await;
        }
        let mut connection = self.take(&of.pool).await?;
        // After an error the connection is not kept, whatever was wrong with it.
        let rows = statement.fetch_all(&mut *connection).await?;
        self.keep(connection, &of.pool);
        Ok(rows)
    }

    /// Sends one statement and, in the same transaction, another one that its rows are the reason for.
    pub(super) async fn fetch_then<T>(
        &mut self,
        of: &Statement,
        statement: QueryAs<'static, Postgres, T, PgArguments>,
        then: impl FnOnce(&[T]) -> Option<Query<'static, Postgres, PgArguments>> + Send,
    ) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut connection = self.take(&of.pool).await?;
        let mut transaction = connection.begin().await?;
        let rows = statement.fetch_all(&mut *transaction).await?;
        if let Some(next) = then(&rows) {
            next.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        self.keep(connection, &of.pool);
        Ok(rows)
    }

    async fn take(&mut self, pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        match self.0.take() {
            Some(connection) => Ok(connection),
            None => pool.acquire().await,
        }
    }

    fn keep(&mut self, connection: PoolConnection<Postgres>, pool: &PgPool) {
        if !is_wanted_by_others(pool) {
            self.0 = Some(connection);
        }
    }
}

/// Whether somebody else may be waiting for a connection: there is none idle, and no more can be opened.
/// The pool serves whoever waits in order, so that the application has its turn before the lane's next.
fn is_wanted_by_others(pool: &PgPool) -> bool {
    pool.num_idle() == 0 && pool.size() >= pool.options().get_max_connections()
}
