//! Taking in the sessions of another store, under the ids that their cookies have.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::PostgresStore;
use super::care::{done, rows};
use super::fault::store_error;
use super::lost::answered;
use super::sql::{OneNode, Own};
use crate::error::StoreError;

/// Sessions about to be imported, a column each as the statement takes them.
#[derive(Debug, Default)]
pub(in crate::store) struct Batch {
    pub(in crate::store) keys: Vec<Vec<u8>>,
    pub(in crate::store) handles: Vec<Uuid>,
    pub(in crate::store) data: Vec<String>,
    pub(in crate::store) owners: Vec<Option<String>>,
    pub(in crate::store) credentials: Vec<Option<String>>,
    pub(in crate::store) created_at: Vec<DateTime<Utc>>,
    pub(in crate::store) seen_at: Vec<DateTime<Utc>>,
    pub(in crate::store) authenticated_at: Vec<Option<DateTime<Utc>>>,
    pub(in crate::store) idle: Vec<f64>,
    pub(in crate::store) deadlines: Vec<Option<DateTime<Utc>>>,
    pub(in crate::store) persistent: Vec<bool>,
    pub(in crate::store) ends_at: Vec<DateTime<Utc>>,
}

impl PostgresStore {
    /// The statements of an import, which need all rows on one node.
    fn on_one_node(&self) -> Result<&OneNode, StoreError> {
        match &self.inner.sql.own {
            Own::OneNode(sql) => Ok(sql),
            Own::Distributed(_) => Err(StoreError::failed(
                "sessions cannot be imported into a distributed table: import them into a plain one, and \
                 distribute that",
            )),
        }
    }

    /// Inserts the sessions, and brings those up to date that were imported before and not used since. A
    /// session without a deadline gets the default one, once. Answers how many are new, and how many were
    /// changed.
    pub(in crate::store) async fn import(
        &self,
        connection: &mut PgConnection,
        batch: Batch,
        default_deadline: Option<DateTime<Utc>>,
    ) -> Result<(u64, u64), StoreError> {
        let most = batch.keys.len();
        let import = self
            .ask::<(bool,)>(&self.on_one_node()?.import)
            .bind(batch.keys)
            .bind(batch.handles)
            .bind(batch.data)
            .bind(batch.owners)
            .bind(batch.created_at)
            .bind(batch.seen_at)
            .bind(batch.authenticated_at)
            .bind(batch.idle)
            .bind(batch.deadlines)
            .bind(batch.persistent)
            .bind(batch.ends_at)
            .bind(default_deadline)
            .bind(batch.credentials);
        let rows = self.heard(rows(connection, import, most)).await?;
        let new = rows.iter().filter(|(is_new,)| *is_new).count() as u64;
        Ok((new, rows.len() as u64 - new))
    }

    /// Makes imported sessions this table's own, which no import touches any more.
    pub(in crate::store) async fn adopt(
        &self,
        connection: &mut PgConnection,
        keys: Vec<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let adopt = self.ask(&self.on_one_node()?.adopt).bind(keys);
        self.heard(done(connection, adopt)).await.map(drop)
    }

    /// A page of the keys of sessions that were imported from this table and not used since, after `last`.
    pub(in crate::store) async fn imported_keys(
        &self,
        connection: &mut PgConnection,
        [first, second]: [u8; 2],
        last: &[u8],
        page: u32,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let imported = self
            .ask::<(Vec<u8>,)>(&self.on_one_node()?.imported)
            .bind(last.to_vec())
            .bind(i64::from(page))
            .bind(format!("{first:02x}{second:02x}"));
        let keys = self.heard(rows(connection, imported, page as usize)).await?;
        Ok(keys.into_iter().map(|(key,)| key).collect())
    }

    /// Deletes imported sessions that were not used since.
    pub(in crate::store) async fn drop_imported(
        &self,
        connection: &mut PgConnection,
        keys: Vec<Vec<u8>>,
    ) -> Result<u64, StoreError> {
        let drop_imported = self.ask(&self.on_one_node()?.drop_imported).bind(keys);
        self.heard(done(connection, drop_imported)).await
    }

    /// Waits for one of these statements, unless the connection is lost.
    async fn heard<T>(&self, answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
        answered(&self.inner.pool, answer).await.map_err(store_error)
    }
}
