//! Listening to what happens to the sessions, for a cache.

use std::future::Future;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use super::PostgresStore;
use super::fault::store_error;
use super::lone::carried_out;
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
    /// Where only this listener speaks, to itself, and the store's pool, to greet it.
    own: String,
    /// What tells the triggers that announce from others that were there before.
    announcers: Option<i64>,
}

/// What has come.
pub(in crate::store) enum Heard {
    Announcement(String),
    /// What the store's pool has sent to this listener.
    Greeting,
    /// What this listener has sent to itself.
    Beat(u64),
}

/// How long connecting may take, and how long being greeted.
const PATIENCE: Duration = Duration::from_secs(5);

impl Listener {
    /// # Errors
    ///
    /// When the database lets nobody in, there is no table, or what the store's pool sends does not come here.
    pub(in crate::store) async fn connect(
        store: &PostgresStore,
        options: PgConnectOptions,
    ) -> Result<Self, StoreError> {
        let mut listener = within(Self::listen(store, options), "no connection to listen with").await?;
        listener.greeting(store).await?;
        within(listener.is_greeted(), NOT_GREETED).await?;
        Ok(listener)
    }

    async fn listen(store: &PostgresStore, options: PgConnectOptions) -> Result<Self, StoreError> {
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
        Ok(Self { connection, names, table, own, announcers: None })
    }

    /// Hears what the store's pool has sent: this is the database that the pool writes to, and notifications
    /// come through. A beat alone would not prove that. It would come back in another database as well, and
    /// through PgBouncer, which passes on what comes while its own statement runs, and drops everything else.
    async fn is_greeted(&mut self) -> Result<(), StoreError> {
        // What is announced meanwhile is of no use: nothing is known yet.
        while !matches!(self.next().await?, Heard::Greeting) {}
        Ok(())
    }

    /// Has the store's pool send something to this listener. It has been sent when this is done.
    pub(in crate::store) fn greeting(
        &self,
        store: &PostgresStore,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let (store, channel) = (store.clone(), self.own.clone());
        async move { within(greet(&store, channel), "the pool had no connection to greet who listens").await }
    }

    /// Sends a sign of life to itself, and answers the database's clock in seconds.
    ///
    /// # Errors
    ///
    /// When the connection is lost, or changes are not announced (any more), or were not for a moment.
    pub(in crate::store) async fn beat(&mut self, number: u64) -> Result<f64, StoreError> {
        let (announced, clock, announcers): (bool, f64, Option<i64>) = sqlx::query_as(listening::BEAT)
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
            return match self.announcers.replace(announcers.unwrap_or_default()) {
                // They were away, and nobody knows for how long.
                before @ Some(_) if before != announcers => {
                    Err(StoreError::failed("what announces changes was switched or made anew"))
                }
                _ => Ok(clock),
            };
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
        match heard.payload().parse().map_err(StoreError::failed)? {
            0 => Ok(Heard::Greeting),
            number => Ok(Heard::Beat(number)),
        }
    }
}

const NOT_GREETED: &str = "what the pool sends does not come to who listens; give the cache, with `Caching::listen_with`, \
    a direct way to the very database of the pool, not one through PgBouncer";

async fn greet(store: &PostgresStore, channel: String) -> Result<(), StoreError> {
    let leased = store.inner.connections.take().await.map_err(store_error)?;
    carried_out(leased, move |connection| {
        Box::pin(async move {
            // One without a name is two messages, which PgBouncer would send to two servers.
            let mut transaction = connection.begin().await?;
            let hello = sqlx::query(listening::HELLO).bind(channel).persistent(false);
            hello.execute(&mut *transaction).await?;
            transaction.commit().await
        })
    })
    .await
    .map_err(store_error)
}

async fn within<T>(
    work: impl Future<Output = Result<T, StoreError>>,
    otherwise: &'static str,
) -> Result<T, StoreError> {
    let outcome = tokio::time::timeout(PATIENCE, work).await;
    outcome.unwrap_or_else(|_| Err(StoreError::failed(otherwise)))
}

fn random() -> Result<[u8; 16], StoreError> {
    let mut bytes = [0; 16];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes).map_err(StoreError::failed)?;
    Ok(bytes)
}
