//! A step of pruning, statement by statement.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::super::PostgresStore;
use super::super::care::{Held, contained};
use super::super::fault::{Tries, has_lost_a_race};
use super::super::lone::to_the_end;
use super::super::sql::Distributed;
use crate::store::prune::Pruned;

impl PostgresStore {
    pub(in crate::store::postgres) async fn prune_distributed(
        &self,
        sql: &Arc<Distributed>,
        batch: u32,
    ) -> Result<Pruned, sqlx::Error> {
        let (store, sql) = (self.clone(), Arc::clone(sql));
        let mut held = Held::from(&self.inner.pool).await?;
        to_the_end(async move {
            let mut tries = Tries::default();
            loop {
                match contained(store.prune_once(&mut held, &sql, batch)).await {
                    Err(error) if has_lost_a_race(&error) && tries.one_more() => {}
                    answer => return held.after(answer),
                }
            }
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
        let one_prunes = self.ask::<(bool,)>(&sql.one_prunes).fetch_one(&mut *transaction).await?;
        if one_prunes != (true,) {
            return Ok(Pruned::default());
        }
        let limit = i64::from(batch);
        let due: Vec<(Vec<u8>,)> = self.ask(&sql.due).bind(limit).fetch_all(&mut *transaction).await?;
        let due = in_order(due);
        let mut sessions = 0;
        if !due.is_empty() {
            let bury = sqlx::query(AssertSqlSafe(Arc::clone(&sql.bury))).bind(due.clone());
            let bury = bury.persistent(self.inner.prepared_statements);
            sessions = bury.execute(&mut *transaction).await?.rows_affected();
        }
        if sessions < due.len() as u64 {
            self.ask::<()>(&sql.file).bind(due.clone()).fetch_optional(&mut *transaction).await?;
        }
        let over: Vec<(Vec<u8>,)> = self.ask(&sql.over).bind(limit).fetch_all(&mut *transaction).await?;
        let over = in_order(over);
        let examined = due.len().max(over.len()) as u64;
        if !over.is_empty() {
            self.ask::<()>(&sql.forget).bind(over).fetch_optional(&mut *transaction).await?;
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
