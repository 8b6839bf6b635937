//! Listening to what happens to the sessions, for a cache.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use super::PostgresStore;
use super::fault::store_error;
use super::names::Names;
use super::sql::listening;
use crate::error::StoreError;

/// A connection of its own that hears all announcements on one table.
///
/// It is given up at the first error. sqlx would connect again by itself, and what was announced meanwhile
/// would be missed without a word.
pub(in crate::store) struct Listener {
    connection: PgListener,
    names: Names,
    table: i64,
    /// Where only this listener speaks, to itself.
    own: String,
}

/// What has come.
pub(in crate::store) enum Heard {
    Announcement(String),
    /// What this listener has sent to itself.
    Beat(u64),
}

/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(5);

impl Listener {
    /// # Errors
    ///
    /// When the database lets nobody in, or there is no table.
    pub(in crate::store) async fn connect(
        store: &PostgresStore,
        options: PgConnectOptions,
    ) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.application_name("actix-pg-session cache"));
        let mut connection = PgListener::connect_with(&pool).await.map_err(store_error)?;
        connection.eager_reconnect(false);
        let names = store.inner.names.clone();
        let table: Option<i64> = sqlx::query_scalar(listening::TABLE)
            .bind(names.sessions())
            .persistent(false)
            .fetch_one(&mut connection)
            .await
            .map_err(store_error)?;
        let table = table.ok_or_else(|| StoreError::failed(format!("there is no {}", names.sessions())))?;
        let own = format!("actix_pg_session_beat_{}", uuid::Uuid::from_bytes(random()?).simple());
        let channels = [&*listening::channel(table), &own];
        connection.listen_all(channels).await.map_err(store_error)?;
        Ok(Self { connection, names, table, own })
    }

    /// Sends a sign of life to itself, and answers the database's clock in seconds.
    ///
    /// # Errors
    ///
    /// When the connection is lost, or changes are not announced (any more).
    pub(in crate::store) async fn beat(&mut self, number: u64) -> Result<f64, StoreError> {
        let (announced, clock): (bool, f64) = sqlx::query_as(listening::BEAT)
            .bind(&self.own)
            .bind(number.to_string())
            .bind(self.names.sessions())
            .bind(self.table)
            .bind(self.names.announcers().as_slice())
            .persistent(false)
            .fetch_one(&mut self.connection)
            .await
            .map_err(store_error)?;
        if announced {
            return Ok(clock);
        }
        Err(StoreError::failed(format!(
            "nobody announces changes of {}: apply the cache's migration, with `CachedStore::migrate` or by hand",
            self.names.sessions()
        )))
    }

    /// What comes next.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub(in crate::store) async fn next(&mut self) -> Result<Heard, StoreError> {
        let Some(heard) = self.connection.try_recv().await.map_err(store_error)? else {
            return Err(StoreError::failed("the connection that listens was lost"));
        };
        if heard.channel() != self.own {
            return Ok(Heard::Announcement(heard.payload().to_owned()));
        }
        heard.payload().parse().map(Heard::Beat).map_err(StoreError::failed)
    }
}

fn random() -> Result<[u8; 16], StoreError> {
    let mut bytes = [0; 16];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes).map_err(StoreError::failed)?;
    Ok(bytes)
}
