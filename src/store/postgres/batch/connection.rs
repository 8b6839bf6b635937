//! The connection that a lane sends its statements through.

use std::sync::Arc;
use std::time::Instant;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{Connection as _, FromRow, Postgres};

use super::Statement;
use super::parking::{Leased, Parking};
use crate::store::postgres::care::{Held, contained, rows};

/// Taken from the pool for the first statement of a run, kept while there is more to send, and left in the
/// parking afterwards.
#[derive(Default)]
pub(super) struct Kept {
    leased: Option<Leased>,
    parking: Option<Arc<Parking>>,
}

impl Kept {
    /// Sends one statement: as it is, or in a transaction, since one without a name is two messages, which
    /// PgBouncer would send to two servers.
    pub(super) async fn fetch<T>(
        &mut self,
        of: &Statement,
        statement: QueryAs<'static, Postgres, T, PgArguments>,
        most: usize,
    ) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        if !of.prepared {
            return self.fetch_then(of, statement, most, |_| None).await;
        }
        let Leased { connection, since } = self.take(&of.parking).await?;
        let mut held = Held::new(connection);
        let rows = rows(&mut held, statement, most).await;
        self.keep((held, since), &of.parking, rows)
    }

    /// Sends one statement and, in the same transaction, another one that its rows are the reason for.
    pub(super) async fn fetch_then<T>(
        &mut self,
        of: &Statement,
        statement: QueryAs<'static, Postgres, T, PgArguments>,
        most: usize,
        then: impl FnOnce(&[T]) -> Option<Query<'static, Postgres, PgArguments>> + Send,
    ) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let Leased { connection, since } = self.take(&of.parking).await?;
        let mut held = Held::new(connection);
        let rows = contained(async {
            let mut transaction = held.begin().await?;
            let rows = rows(&mut transaction, statement, most).await?;
            if let Some(next) = then(&rows) {
                next.execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(rows)
        });
        let rows = rows.await;
        self.keep((held, since), &of.parking, rows)
    }

    /// Waits for a connection, unless there is one.
    pub(super) async fn get_ready(&mut self, parking: &Arc<Parking>) -> Result<(), sqlx::Error> {
        if self.leased.is_none() {
            self.leased = Some(parking.take().await?);
            self.parking.get_or_insert_with(|| Arc::clone(parking));
        }
        Ok(())
    }

    async fn take(&mut self, parking: &Arc<Parking>) -> Result<Leased, sqlx::Error> {
        match self.leased.take() {
            Some(leased) => Ok(leased),
            None => parking.take().await,
        }
    }

    /// After an error the connection is not kept, whatever was wrong with it.
    fn keep<T>(
        &mut self,
        (held, since): (Held, Instant),
        parking: &Arc<Parking>,
        answer: Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        if answer.is_err() || !parking.may_hold(since) {
            return held.after(answer);
        }
        self.leased = held.into_inner().map(|connection| Leased { connection, since });
        self.parking.get_or_insert_with(|| Arc::clone(parking));
        answer
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let (Some(leased), Some(parking)) = (self.leased.take(), &self.parking) {
            parking.park(leased);
        }
    }
}
