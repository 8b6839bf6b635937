//! Sending a statement about one session.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{AssertSqlSafe, Connection as _, FromRow, PgConnection, Postgres, Transaction};

use super::care::rows;
use super::fault::{Tries, is_read_only, is_worth_another_try};
use super::leased::Leased;
use super::lost::{acquire, answered};
use super::{Meanwhile, PostgresStore};

/// Sessions of one owner may be many, but a server that goes on for ever is not to fill the memory.
pub(in crate::store) const ALL: usize = 1 << 22;

pub(in crate::store) type RowOf<T> = QueryAs<'static, Postgres, T, PgArguments>;

impl PostgresStore {
    /// A statement whose text this crate wrote and whose names it quoted.
    pub(super) fn ask<T: for<'r> FromRow<'r, PgRow>>(&self, sql: &Arc<str>) -> RowOf<T> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(sql))).persistent(self.inner.prepared_statements)
    }

    /// The row that a statement answers, if any. It is made and sent again, a few times, when others came
    /// first.
    pub(super) async fn one<T>(
        &self,
        statement: impl Fn() -> RowOf<T> + Send,
    ) -> Result<Option<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        if let Some(joined) = &self.joined {
            let rows = self.told(joined.fetch(statement(), 1).await);
            return rows.map(|rows| rows.into_iter().next());
        }
        let mut tries = Tries::default();
        loop {
            match self.sent(statement(), 1).await {
                Err(error) if is_worth_another_try(&error) && tries.one_more() => {}
                answer => return answer.map(|rows| rows.into_iter().next()),
            }
        }
    }

    /// All rows that a statement answers, likewise.
    pub(super) async fn all<T>(&self, statement: impl Fn() -> RowOf<T> + Send) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        if let Some(joined) = &self.joined {
            return self.told(joined.fetch(statement(), ALL).await);
        }
        let mut tries = Tries::default();
        loop {
            match self.sent(statement(), ALL).await {
                Err(error) if is_worth_another_try(&error) && tries.one_more() => {}
                answer => return answer,
            }
        }
    }

    /// An answer in a transaction of the application's, whose connection is not ours to throw away.
    pub(super) fn told<T>(&self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if answer.as_ref().is_err_and(is_read_only) {
            self.inner.connections.renew();
        }
        answer
    }

    /// Waits for a connection, and sends a statement through it. Who goes away before there is one has sent nothing.
    async fn sent<T>(&self, statement: RowOf<T>, most: usize) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        let leased = self.inner.connections.take().await?;
        sent(leased, statement, most, self.inner.prepared_statements, self.meanwhile.clone()).await
    }
}

/// Sends a statement of a store whose statements are prepared under names or not, and keeps `meanwhile` until it is
/// answered.
pub(in crate::store) async fn sent<T>(
    mut leased: Leased,
    statement: RowOf<T>,
    most: usize,
    is_prepared: bool,
    meanwhile: Option<Meanwhile>,
) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
{
    if !is_prepared {
        // sqlx prepares in one message and executes in another. Only within a transaction do both reach the
        // same server where PgBouncer deals out the connections.
        return carried_out(leased, move |connection| {
            Box::pin(async move {
                let _meanwhile = meanwhile;
                let mut transaction = connection.begin().await?;
                let rows = rows(&mut transaction, statement, most).await?;
                transaction.commit().await?;
                Ok(rows)
            })
        })
        .await;
    }
    if meanwhile.is_none() {
        let pool = leased.pool().clone();
        let answer = answered(&pool, rows(&mut leased, statement, most)).await;
        return leased.after(answer);
    }
    carried_out(leased, move |connection| {
        Box::pin(async move {
            let _meanwhile = meanwhile;
            rows(connection, statement, most).await
        })
    })
    .await
}

/// What a transaction does with its connection.
pub(in crate::store) trait Work<T>:
    for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static
{
}

impl<T, W> Work<T> for W where
    W: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static
{
}

/// Does this work [to its end](to_the_end), unless the connection is lost.
pub(in crate::store) async fn carried_out<T: Send + 'static>(
    mut leased: Leased,
    work: impl Work<T>,
) -> Result<T, sqlx::Error> {
    // Boxed, because a task's future is moved about, and this one is large.
    to_the_end(Box::pin(async move {
        let pool = leased.pool().clone();
        let answer = answered(&pool, work(&mut leased)).await;
        leased.after(answer)
    }))
    .await
}

/// Begins a transaction that may be dropped at any moment from the beginning on. Who goes away before there is a
/// connection for it has left the line.
pub(in crate::store) async fn begin(
    pool: &sqlx::PgPool,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut connection = acquire(pool).await?;
    let pool = pool.clone();
    to_the_end(async move {
        // A pool need not have asked, and one that is lost would be waited for by the transaction.
        match answered(&pool, connection.ping()).await {
            Ok(()) => Transaction::begin(connection, None).await,
            Err(error) => {
                drop(connection.detach());
                Err(error)
            }
        }
    })
    .await
}

/// Carries out a transaction even if nobody waits for it any more. Were it dropped while it begins, sqlx would
/// put the connection back into the pool without ending it, and the next statement, somebody else's, would be
/// part of it.
pub(super) async fn to_the_end<T: Send + 'static>(
    transaction: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, sqlx::Error> {
    match tokio::spawn(transaction).await {
        Ok(answer) => answer,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and everything with it.
            Err(_) => Err(sqlx::Error::WorkerCrashed),
        },
    }
}
