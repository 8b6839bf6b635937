//! The calls that are several statements where a cluster has the table.

mod pruning;
mod renewal;

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};

use super::PostgresStore;
use super::care::{done, row};
use super::fault::{Tries, has_lost_a_race};
use super::lone::carried_out;
use super::sql::Distributed;
pub(super) use renewal::{Renewed, unreserved};

impl PostgresStore {
    /// Deletes a live session and remembers its key. Answers whether there was one.
    pub(super) async fn delete_distributed(
        &self,
        sql: &Arc<Distributed>,
        key: &[u8],
        late_grace: Duration,
    ) -> Result<bool, sqlx::Error> {
        let (store, sql, key) = (self.clone(), Arc::clone(sql), key.to_vec());
        carried_out(self.inner.connections.take().await?, move |connection| {
            Box::pin(async move {
                let mut tries = Tries::default();
                loop {
                    match store.delete_and_remember(connection, &sql, &key, late_grace).await {
                        Err(error) if has_lost_a_race(&error) && tries.one_more() => {}
                        answer => return answer,
                    }
                }
            })
        })
        .await
    }

    async fn delete_and_remember(
        &self,
        connection: &mut PgConnection,
        sql: &Distributed,
        key: &[u8],
        late_grace: Duration,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = connection.begin().await?;
        let delete = self.ask::<(bool,)>(&self.inner.sql.delete).bind(key.to_vec());
        let is_deleted = row(&mut transaction, delete).await?.is_some();
        if is_deleted && !late_grace.is_zero() {
            let mark = self.ask::<()>(&sql.mark).bind(key.to_vec()).bind(late_grace.as_secs_f64());
            done(&mut transaction, mark.bind(None::<Vec<u8>>)).await?;
        }
        transaction.commit().await?;
        Ok(is_deleted)
    }
}
