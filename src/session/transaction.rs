//! A session saved together with what the application writes.

use std::sync::Arc;

use sqlx::{Postgres, Transaction};

use super::Session;
use crate::commit::{Outcome, enact};
use crate::config::Config;
use crate::decide::Write;
use crate::draft::Base;
use crate::error::{SessionError, StoreError};
use crate::store::Joined;

impl<M> Session<M> {
    /// Saves the session in a transaction of the application's, and commits that: a sign-in and its line in
    /// an audit table, an order and the emptied cart, are there together or not at all.
    ///
    /// ```
    /// use actix_pg_session::Session;
    /// use actix_web::{HttpResponse, Result, error::ErrorServiceUnavailable, web};
    /// use sqlx::PgPool;
    ///
    /// async fn login(session: Session, pool: web::Data<PgPool>) -> Result<HttpResponse> {
    ///     // ... after checking a password
    ///     let mut transaction = pool.begin().await.map_err(ErrorServiceUnavailable)?;
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
    /// The transaction is taken rather than borrowed, so that nobody can roll back afterwards what a cookie
    /// was sent for. It must be one of the database that the sessions are in. What is done with the session
    /// later in the request is saved with the response, as ever.
    ///
    /// For [`PostgresStore`](crate::PostgresStore), cached or not, but not
    /// [distributed](crate::Layout::Distributed).
    ///
    /// Cost: what [`save`](Self::save) costs, and the commit.
    ///
    /// # Cancellation
    ///
    /// What has begun is carried out even if this future is dropped. Let one that renews or signs in finish,
    /// though, as with [`save`](Self::save).
    ///
    /// The application's own `begin` is another matter. If a client hangs up while it waits for its answer, sqlx 0.9
    /// gives the connection back to the pool with the transaction open, and what comes next on it is never committed:
    /// be it the application's, or a session's. `tokio::spawn(async move { pool.begin().await })` is carried out to
    /// its end.
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
    /// The one: the connection broke after the commit was sent, or the session could not be read again after it
    /// ([`is_outcome_unknown`](SessionError::is_outcome_unknown)). No cookie is sent then.
    pub async fn commit(&self, transaction: Transaction<'static, Postgres>) -> Result<(), SessionError> {
        let config = &self.inner.config;
        let joined = config.store.join(transaction).map_err(SessionError::unsupported)?;
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
                Ok(Outcome::Nothing) => joined.check().await.map(|()| Outcome::Nothing).map_err(failed),
                outcome => outcome,
            };
            let committed = match &outcome {
                Ok(Outcome::Gone(_)) | Err(_) => {
                    roll_back(&joint, joined).await;
                    return outcome;
                }
                Ok(_) => commit(joined).await,
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

fn failed(error: sqlx::Error) -> SessionError {
    StoreError::failed(error).into()
}

async fn commit(joined: Joined) -> Result<(), StoreError> {
    joined.commit().await.map_err(|error| match has_said_no(&error) {
        true => StoreError::failed(error),
        false => StoreError::outcome_unknown(error),
    })
}

/// Whether the server has answered that it does not commit. One that shuts down (57P01 and so on) says that
/// to whoever is connected, and may have committed before.
fn has_said_no(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| !code.starts_with("57P"))
}
