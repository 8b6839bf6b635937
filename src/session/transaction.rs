//! A session saved together with what the application writes.

use std::sync::Arc;

use sqlx::postgres::{PgDatabaseError, PgSeverity};
use sqlx::{Postgres, Transaction};

use super::Session;
use crate::commit::{Outcome, enact, within};
use crate::config::Config;
use crate::decide::Write;
use crate::draft::Base;
use crate::error::{SessionError, StoreError};
use crate::store::Joined;

impl<M> Session<M> {
    /// Begins a transaction of the database that the sessions are in, on a connection of the store's pool; for
    /// [`commit`](Self::commit), or for whatever else the handler does there.
    ///
    /// Unlike `pool.begin()` it may be dropped at any moment. With sqlx 0.9, a client that hangs up while that waits for
    /// its answer leaves the transaction open in the pool, and what comes next on the connection, be it the
    /// application's or a session's, is answered as if it were done, and is never committed.
    ///
    /// For [`PostgresStore`](crate::PostgresStore), cached or not, but not
    /// [distributed](crate::Layout::Distributed).
    ///
    /// Cost: a connection, until the transaction is over, and two round trips: is it alive, and `begin`. A pool that
    /// has one connection has none left for what else this request asks of the store meanwhile.
    ///
    /// # Cancellation
    ///
    /// What has begun and was not taken is rolled back. So is a transaction that is dropped later.
    ///
    /// # Errors
    ///
    /// When the store cannot do this; or the database did not answer, or had no connection free, within
    /// [`store_timeout`](crate::SessionMiddlewareBuilder::store_timeout)
    /// ([`is_unavailable`](SessionError::is_unavailable)).
    pub async fn begin_transaction(&self) -> Result<Transaction<'static, Postgres>, SessionError> {
        let config = &self.inner.config;
        Ok(within(config, config.store.begin_transaction()).await?)
    }

    /// Saves the session in a transaction of the application's, and commits that: a sign-in and its line in
    /// an audit table, an order and the emptied cart, are there together or not at all.
    ///
    /// ```
    /// use actix_pg_session::Session;
    /// use actix_web::{HttpResponse, Result, error::ErrorServiceUnavailable};
    ///
    /// async fn login(session: Session) -> Result<HttpResponse> {
    ///     // ... after checking a password
    ///     let mut transaction = session.begin_transaction().await?;
    ///     sqlx::query("insert into audit (who, what) values ('ann', 'signed in')")
    ///         .execute(&mut *transaction)
    ///         .await
    ///         .map_err(ErrorServiceUnavailable)?;
    ///     session.login("ann")?;
    ///     session.commit(transaction).await?;
    ///     Ok(HttpResponse::Ok().body("signed in\n"))
    /// }
    /// ```
    ///
    /// One that [`begin_transaction`](Self::begin_transaction) has begun, or another one of the same database. The
    /// transaction is taken rather than borrowed, so that nobody can roll back afterwards what a cookie
    /// was sent for. What is done with the session later in the request is saved with the response, as ever.
    ///
    /// For [`PostgresStore`](crate::PostgresStore), cached or not, but not
    /// [distributed](crate::Layout::Distributed). A sign-in within a
    /// [limit](crate::SessionMiddlewareBuilder::sessions_per_owner) wants a transaction that is `read committed`, which is
    /// PostgreSQL's default: another one would not see who was let in a moment ago, and is refused.
    ///
    /// Cost: what [`save`](Self::save) costs, and the commit.
    ///
    /// # Cancellation
    ///
    /// What has begun is carried out even if this future is dropped. Let one that renews or signs in finish,
    /// though, as with [`save`](Self::save).
    ///
    /// # Errors
    ///
    /// With any error but one, everything was rolled back, the application's part too, and this request has
    /// forgotten what it did to the session:
    ///
    /// - the session is sealed, or the store cannot do this;
    /// - the store failed, or the database refused to commit;
    /// - the session was ended elsewhere meanwhile ([`is_gone`](SessionError::is_gone)), unless this is a
    ///   sign-in, which then begins without a thing of it;
    /// - the owner has [too many sessions](SessionError::is_too_many_sessions).
    ///
    /// The one: the connection broke after the commit was sent, or no answer to it came within
    /// [`store_timeout`](crate::SessionMiddlewareBuilder::store_timeout), or the session could not be read again after it
    /// ([`is_outcome_unknown`](SessionError::is_outcome_unknown)). No cookie is sent then.
    pub async fn commit(&self, transaction: Transaction<'static, Postgres>) -> Result<(), SessionError> {
        let config = &self.inner.config;
        let joined = match config.store.join(transaction) {
            Ok(joined) => joined,
            Err(error) => {
                self.inner.draft.borrow_mut().forget();
                return Err(error.into());
            }
        };
        let was_late = self.read(|draft| draft.is_late() && draft.is_changed());
        let (mut plan, cookie_owed) = match self.due() {
            Ok(due) => due,
            Err(error) => {
                joined.roll_back().await;
                return Err(error);
            }
        };
        let is_lost = was_late && plan.write == Write::Nothing;
        let joint = Arc::new(config.on(Arc::clone(&joined.store)));
        plan.config = Arc::clone(&joint);
        let task = tokio::spawn(async move {
            let outcome = match enact(plan).await {
                Ok(Outcome::Nothing) if is_lost => Err(SessionError::gone()),
                // No statement of ours has found out.
                Ok(Outcome::Nothing) => check(&joint, &joined).await.map(|()| Outcome::Nothing),
                outcome => outcome,
            };
            let committed = match &outcome {
                Ok(Outcome::Gone(_)) | Err(_) => {
                    roll_back(&joint, joined).await;
                    return outcome;
                }
                Ok(_) => commit(&joint, joined).await,
            };
            committed?;
            joint.events.release();
            outcome
        });
        // A panic, or the end of the runtime. Whatever it was: nobody has seen the transaction being committed.
        let outcome = task.await.unwrap_or_else(|error| Err(StoreError::outcome_unknown(error).into()))?;
        if let Outcome::Gone(id) = outcome {
            self.inner.moved_to(None);
            self.inner.draft.borrow_mut().rebase(Base::Late(id), false);
            return Err(SessionError::gone());
        }
        let id = match &outcome {
            Outcome::Live { id, .. } => Some(id.clone()),
            _ => None,
        };
        let settled = self.settle(outcome, cookie_owed).await;
        if let (Err(_), Some(id)) = (&settled, id) {
            // It is committed. Nobody must take this for a refusal, nor go on with the id from before.
            self.inner.draft.borrow_mut().rebase(Base::Late(id), false);
        }
        settled.map_err(|error| StoreError::outcome_unknown(error).into())
    }
}

/// Waits for it no longer than for anything else: a statement that waits for somebody's lock would have to end before.
async fn roll_back(config: &Config, joined: Joined) {
    let _ = tokio::time::timeout(config.options.store_timeout, joined.roll_back()).await;
}

async fn check(config: &Config, joined: &Joined) -> Result<(), SessionError> {
    let checked = within(config, async { joined.check().await.map_err(StoreError::failed) });
    Ok(checked.await?)
}

/// An answer that does not come in time may have been lost, and the transaction be committed.
async fn commit(config: &Config, joined: Joined) -> Result<(), StoreError> {
    match tokio::time::timeout(config.options.store_timeout, joined.commit()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if has_said_no(&error) => Err(StoreError::failed(error)),
        Ok(Err(error)) => Err(StoreError::outcome_unknown(error)),
        Err(late) => Err(StoreError::outcome_unknown(late)),
    }
}

/// Whether the server has answered that it does not commit. Who says that the connection ends may have committed before:
/// a server that shuts down (57P01 and so on), or a PgBouncer that has lost its server (08P01).
fn has_said_no(error: &sqlx::Error) -> bool {
    let told = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    told.is_some_and(|told| {
        let is_about_the_connection = ["08", "57P"].iter().any(|class| told.code().starts_with(class));
        // 40003: PostgreSQL itself does not know.
        told.severity() == PgSeverity::Error && !is_about_the_connection && told.code() != "40003"
    })
}
