//! The connection that a lane sends its statements through.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{FromRow, PgPool, Postgres};

/// Taken from the pool for the first statement of a run, and kept while there is more to send: each return
/// to the pool costs a round trip, each taking out another.
#[derive(Default)]
pub(super) struct Kept(Option<PoolConnection<Postgres>>);

impl Kept {
    /// Sends one statement.
    pub(super) async fn fetch<T>(
        &mut self,
        pool: &PgPool,
        statement: QueryAs<'static, Postgres, T, PgArguments>,
    ) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut connection = match self.0.take() {
            Some(connection) => connection,
            None => pool.acquire().await?,
        };
        // After an error the connection is not kept, whatever was wrong with it.
        let rows = statement.fetch_all(&mut *connection).await?;
        if !is_wanted_by_others(pool) {
            self.0 = Some(connection);
        }
        Ok(rows)
    }
}

/// Whether somebody else may be waiting for a connection: there is none idle, and no more can be opened.
/// The pool serves whoever waits in order, so that the application has its turn before the lane's next.
fn is_wanted_by_others(pool: &PgPool) -> bool {
    pool.num_idle() == 0 && pool.size() >= pool.options().get_max_connections()
}
