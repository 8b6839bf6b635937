//! A step of pruning, statement by statement.

use std::sync::Arc;

use sqlx::{Connection as _, PgConnection};

use super::super::PostgresStore;
use super::super::care::{done, row, rows};
use super::super::fault::{Tries, has_lost_a_race};
use super::super::lone::carried_out;
use super::super::sql::Distributed;
use crate::store::prune::Pruned;

impl PostgresStore {
    pub(in crate::store::postgres) async fn prune_distributed(
        &self,
        sql: &Arc<Distributed>,
        batch: u32,
    ) -> Result<Pruned, sqlx::Error> {
        let (store, sql) = (self.clone(), Arc::clone(sql));
        carried_out(self.inner.connections.take().await?, move |connection| {
            Box::pin(async move {
                let mut tries = Tries::default();
                loop {
                    match store.prune_once(connection, &sql, batch).await {
                        Err(error) if has_lost_a_race(&error) && tries.one_more() => {}
                        answer => return answer,
                    }
                }
            })
        })
        .await
    }

    /// All of it in one transaction, which holds the lock that lets one process prune.
    async fn prune_once(
        &self,
        connection: &mut PgConnection,
        sql: &Distributed,
        batch: u32,
    ) -> Result<Pruned, sqlx::Error> {
        let mut transaction = connection.begin().await?;
        let one_prunes = row(&mut transaction, self.ask::<(bool,)>(&sql.one_prunes)).await?;
        if one_prunes != Some((true,)) {
            return Ok(Pruned::default());
        }
        let (limit, most) = (i64::from(batch), batch as usize);
        let due = in_order(rows(&mut transaction, self.ask(&sql.due).bind(limit), most).await?);
        let mut sessions = 0;
        if !due.is_empty() {
            sessions = done(&mut transaction, self.ask(&sql.bury).bind(due.clone())).await?;
        }
        if sessions < due.len() as u64 {
            done(&mut transaction, self.ask(&sql.file).bind(due.clone())).await?;
        }
        let over = in_order(rows(&mut transaction, self.ask(&sql.over).bind(limit), most).await?);
        let examined = due.len().max(over.len()) as u64;
        if !over.is_empty() {
            done(&mut transaction, self.ask(&sql.forget).bind(over)).await?;
        }
        transaction.commit().await?;
        Ok(Pruned { sessions, more: batch > 0 && examined >= u64::from(batch) })
    }
}

/// Keys in the order in which rows are locked.
fn in_order(keys: Vec<(Vec<u8>,)>) -> Vec<Vec<u8>> {
    let mut keys: Vec<_> = keys.into_iter().map(|(key,)| key).collect();
    keys.sort_unstable();
    keys
}
