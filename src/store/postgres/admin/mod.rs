//! What an administrator asks of the sessions, and does to them.

mod census;
mod count;
mod error;
mod filter;
mod health;
mod history;
mod list;
mod revoke;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection as _, FromRow, PgConnection, PgPool};
use tokio::sync::Semaphore;

use super::PostgresStore;
use super::care::{Held, contained};
use super::lone::to_the_end;
use super::sql::admin::{self, AdminSql, Question};
#[cfg(feature = "cache")]
use crate::store::CachedStore;

pub use census::{Census, Kind};
pub use count::Counted;
pub use error::AdminError;
pub use filter::{Filter, State, Whom};
pub use health::{Health, Relation};
pub use history::{Reading, Recorder};
pub use list::{Cursor, Listed, Page, Position, Shown};
pub use revoke::Revoked;

/// An administrator's view of the sessions, and the power to end them: lists, counts, revocation, health.
///
/// From [`PostgresStore::admin`], or [`CachedStore::admin`](crate::CachedStore::admin): what that one ends is
/// gone from its own cache when the call returns, and from those of other processes some milliseconds later.
///
/// ```no_run
/// use actix_pg_session::admin::{Filter, Position};
///
/// # async fn look(store: actix_pg_session::PostgresStore) -> Result<(), actix_pg_session::admin::AdminError> {
/// let admin = store.admin();
/// let page = admin.list(&Filter::new().user_agent("curl"), Position::Newest, 50).await?;
/// for session in &page.sessions {
///     println!("{} {:?} {:?}", session.handle, session.owner, session.ip);
/// }
/// admin.revoke_owner("ann").await?;
/// # Ok(())
/// # }
/// ```
///
/// It cannot get in the way of visitors for long: at most two of the pool's connections are administrators' at any
/// time, however many of them ask (one, of a pool of less than four), and each statement is stopped by the server after five seconds
/// ([`statement_timeout`](Self::statement_timeout)). What reads does so in a transaction that may do nothing
/// else. All times are the database's.
///
/// It works in every [`Layout`](crate::Layout). What differs in a cluster is said at each call.
///
/// # Cancellation
///
/// A statement under way goes on to its end, or to its time limit.
#[derive(Clone)]
pub struct Admin {
    store: PostgresStore,
    #[cfg(feature = "cache")]
    cache: Option<CachedStore>,
    sql: Arc<AdminSql>,
    statement_timeout: Duration,
}

/// How many connections of the pool administrators take at once: two, and of a small pool no more than half.
pub(super) fn turns(pool: &PgPool) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(if pool.options().get_max_connections() < 4 { 1 } else { 2 }))
}

impl PostgresStore {
    /// What an administrator needs. Costs nothing until it is asked something.
    ///
    /// Another process that has a [`CachedStore`](crate::CachedStore) hears of what this one ends as it hears of everything.
    pub fn admin(&self) -> Admin {
        Admin {
            store: self.clone(),
            #[cfg(feature = "cache")]
            cache: None,
            sql: Arc::new(AdminSql::new(&self.inner.names)),
            statement_timeout: Duration::from_secs(5),
        }
    }
}

impl Admin {
    #[cfg(feature = "cache")]
    pub(in crate::store) fn behind(cache: CachedStore) -> Self {
        Self { cache: Some(cache.clone()), ..cache.store().admin() }
    }

    /// How long a statement may take. Default: five seconds. At least a millisecond, at most an hour.
    #[must_use]
    pub fn statement_timeout(self, limit: Duration) -> Self {
        let limit = limit.clamp(Duration::from_millis(1), Duration::from_secs(60 * 60));
        Self { statement_timeout: limit, ..self }
    }

    /// The database's clock, which all times are by. One statement.
    ///
    /// # Errors
    ///
    /// When the database fails or takes too long.
    pub async fn now(&self) -> Result<DateTime<Utc>, AdminError> {
        self.read(|connection| {
            Box::pin(async { sqlx::query_scalar(admin::CLOCK).persistent(false).fetch_one(connection).await })
        })
        .await
    }

    /// Reads in a transaction of its own.
    async fn read<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, AdminError> {
        let begin = admin::begin_reading(self.statement_timeout);
        self.sent(begin, (), work).await.map_err(|error| AdminError::of(error, self.statement_timeout))
    }

    /// Writes in a transaction of its own.
    async fn write<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, AdminError> {
        let begin = admin::begin_writing(self.statement_timeout, self.statement_timeout);
        self.sent(begin, (), work).await.map_err(|error| AdminError::of(error, self.statement_timeout))
    }

    /// A transaction that goes on to its end even if nobody waits for it, once there is a connection for it.
    /// `meanwhile` is dropped after it.
    async fn sent<T: Send + 'static>(
        &self,
        begin: String,
        meanwhile: impl Send + 'static,
        work: impl Work<T>,
    ) -> Result<T, sqlx::Error> {
        // It is never closed.
        let turn = Arc::clone(&self.store.inner.administrators).acquire_owned().await.ok();
        let mut held = Held::from(&self.store.inner.pool).await?;
        to_the_end(async move {
            let _meanwhile = (meanwhile, turn);
            let answer = contained(async {
                let mut transaction = held.begin_with(AssertSqlSafe(begin)).await?;
                let answer = work(&mut transaction).await?;
                transaction.commit().await?;
                Ok(answer)
            });
            let answer = answer.await;
            held.after(answer)
        })
        .await
    }

    /// The rows that answer a question.
    async fn rows<T>(&self, mut question: Question) -> Result<Vec<T>, AdminError>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        self.read(move |connection| {
            Box::pin(async move { question.build_query_as().persistent(false).fetch_all(connection).await })
        })
        .await
    }
}

#[cfg(feature = "cache")]
impl Admin {
    /// The cache believes nothing of these sessions while this lives, and knows nothing of them afterwards.
    fn ending(&self, keys: &[Vec<u8>]) -> impl Send + 'static + use<> {
        self.cache.as_ref().map(|cache| cache.ending_keys(keys))
    }

    fn forget_everything(&self) {
        if let Some(cache) = &self.cache {
            cache.forget_everything();
        }
    }
}

#[cfg(not(feature = "cache"))]
#[expect(clippy::unused_self, reason = "there is no cache to tell")]
impl Admin {
    fn ending(&self, _keys: &[Vec<u8>]) -> Option<()> {
        None
    }

    fn forget_everything(&self) {}
}

/// What is done within a transaction.
///
/// Statements are sent without names: they are rare and of many forms, and PgBouncer would not know the names.
trait Work<T>:
    for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static
{
}

impl<T, F> Work<T> for F where
    F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static
{
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, statement_timeout, .. } = self;
        f.debug_struct("Admin")
            .field("store", store)
            .field("statement_timeout", statement_timeout)
            .finish_non_exhaustive()
    }
}
