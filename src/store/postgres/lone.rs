//! Sending a statement about one session.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{Either, select};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{AssertSqlSafe, Connection as _, FromRow, Postgres};
use tokio::sync::oneshot;

use super::PostgresStore;
use super::care::{Held, SILENCE, contained, rows};
use super::fault::{Tries, has_lost_a_race};

/// Sessions of one owner may be many, but a server that goes on for ever is not to fill the memory.
const ALL: usize = 1 << 22;

pub(super) type RowOf<T> = QueryAs<'static, Postgres, T, PgArguments>;

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
            return joined.fetch(statement(), 1).await.map(|rows| rows.into_iter().next());
        }
        let mut tries = Tries::default();
        loop {
            match self.sent(statement(), 1).await {
                Err(error) if has_lost_a_race(&error) && tries.one_more() => {}
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
            return joined.fetch(statement(), ALL).await;
        }
        let mut tries = Tries::default();
        loop {
            match self.sent(statement(), ALL).await {
                Err(error) if has_lost_a_race(&error) && tries.one_more() => {}
                answer => return answer,
            }
        }
    }

    /// Waits for a connection, and sends a statement through it. Who goes away before there is one has sent nothing.
    async fn sent<T>(&self, statement: RowOf<T>, most: usize) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        let mut held = Held::from(&self.inner.pool).await?;
        if !self.inner.prepared_statements {
            let meanwhile = self.meanwhile.clone();
            // sqlx prepares in one message and executes in another. Only within a transaction do both reach the
            // same server where PgBouncer deals out the connections.
            return to_the_end(async move {
                let _meanwhile = meanwhile;
                let rows = contained(async {
                    let mut transaction = held.begin().await?;
                    let rows = rows(&mut transaction, statement, most).await?;
                    transaction.commit().await?;
                    Ok(rows)
                });
                let rows = rows.await;
                held.after(rows)
            })
            .await;
        }
        let Some(meanwhile) = self.meanwhile.clone() else {
            let mut held = held.which_may_be_dropped();
            let rows = rows(&mut held, statement, most).await;
            return held.after(rows);
        };
        to_the_end(async move {
            let _meanwhile = meanwhile;
            let rows = rows(&mut held, statement, most).await;
            held.after(rows)
        })
        .await
    }
}

/// Begins a transaction that may be dropped at any moment from the beginning on.
#[cfg(any(feature = "cache", feature = "express"))]
pub(in crate::store) async fn begin(
    pool: &sqlx::PgPool,
) -> Result<sqlx::Transaction<'static, Postgres>, sqlx::Error> {
    let pool = pool.clone();
    to_the_end(async move { pool.begin().await }).await
}

/// Carries out a transaction even if nobody waits for it any more. Were it dropped while it begins, sqlx would
/// put the connection back into the pool without ending it, and the next statement, somebody else's, would be
/// part of it. Only a server that says nothing for long is not waited for then.
pub(super) async fn to_the_end<T: Send + 'static>(
    transaction: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, sqlx::Error> {
    let (mut answer, answered) = oneshot::channel();
    tokio::spawn(async move {
        let forsaken = async {
            answer.closed().await;
            tokio::time::sleep(SILENCE).await;
        };
        let done = match select(pin!(contained(transaction)), pin!(forsaken)).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => return,
        };
        // Nobody may be there any more; what was done stays done.
        let _ = answer.send(done);
    });
    // Otherwise the runtime ends, and everything with it.
    answered.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}
