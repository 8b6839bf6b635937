//! The connection that a lane sends its statements through.

use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{Connection as _, FromRow, Postgres};

use super::Statement;
use super::parking::Parking;
use crate::store::postgres::care::rows;
use crate::store::postgres::leased::Leased;
use crate::store::postgres::lost::answered;

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
        let mut leased = self.take(&of.parking).await?;
        // After an error the connection is not kept, whatever was wrong with it.
        match answered(of.parking.pool(), rows(&mut leased, statement, most)).await {
            Ok(rows) => {
                self.keep(leased, &of.parking);
                Ok(rows)
            }
            error => leased.after(error),
        }
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
        let mut leased = self.take(&of.parking).await?;
        let work = async {
            let mut transaction = leased.begin().await?;
            let rows = rows(&mut transaction, statement, most).await?;
            if let Some(next) = then(&rows) {
                next.execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(rows)
        };
        match answered(of.parking.pool(), work).await {
            Ok(rows) => {
                self.keep(leased, &of.parking);
                Ok(rows)
            }
            error => leased.after(error),
        }
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

    fn keep(&mut self, leased: Leased, parking: &Arc<Parking>) {
        if !parking.may_hold(&leased) {
            return leased.give_back();
        }
        self.leased = Some(leased);
        self.parking.get_or_insert_with(|| Arc::clone(parking));
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let (Some(leased), Some(parking)) = (self.leased.take(), &self.parking) {
            parking.park(leased);
        }
    }
}
