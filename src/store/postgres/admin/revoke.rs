//! Ending sessions from outside.

use std::time::Duration;

use sqlx::AssertSqlSafe;

use super::{Admin, AdminError, Filter, State, Whom};
use crate::store::postgres::fault::{Tries, has_code, has_lost_a_race};
use crate::store::postgres::sql::admin;

/// What was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revoked {
    /// How many rows were deleted. `None`: all of them at once, and nobody counted.
    pub sessions: Option<u64>,
}

/// Keys that are looked up at a time, and those of them that one statement deletes: some milliseconds' work, and
/// as many as are announced to caches one by one.
const LOOKED_UP: usize = 50_000;
const AT_A_TIME: usize = 5_000;

/// How long emptying the table waits for whoever uses it, and how often it tries. Meanwhile everybody else
/// stands in line behind it, so it is short; in between is the visitors' turn.
const LOCK_PATIENCE: Duration = Duration::from_millis(300);
const LOCK_TRIES: u32 = 5;

/// What an attempt to empty the table may fail of, while deleting its rows still can be tried: somebody uses it,
/// a right is missing, another table refers to it.
const NOT_EMPTIED: [&str; 4] = ["55P03", "57014", "42501", "0A000"];

impl Admin {
    /// Ends one session, live or not, by its handle or its place in a list. Answers whether it was there. Two
    /// statements, and one more to see that nothing is left; see [`Whom`] for what a handle alone costs.
    ///
    /// # Errors
    ///
    /// When the database fails or takes too long. It may be ended or not then; ask again.
    pub async fn revoke(&self, whom: impl Into<Whom>) -> Result<bool, AdminError> {
        let filter = Filter::new().session(whom).state(State::Any);
        Ok(self.revoke_matching(&filter).await?.sessions != Some(0))
    }

    /// Ends every session of an owner.
    ///
    /// # Errors
    ///
    /// As [`revoke_matching`](Self::revoke_matching).
    pub async fn revoke_owner(&self, owner: &str) -> Result<Revoked, AdminError> {
        self.revoke_matching(&Filter::new().owner(owner)).await
    }

    /// Ends every session that is meant and had begun before the call.
    ///
    /// It goes by steps of some thousand rows, each a transaction of its own, so that nobody waits for all of
    /// it; a renewal at the same time moves a row, so it looks again until nothing is left. A session that does
    /// not match any more when its turn comes is spared: somebody who was idle has come back.
    ///
    /// # Errors
    ///
    /// When the database fails, takes too long for one step, or cannot read the filter. What was ended before is
    /// ended; ask again for the others.
    pub async fn revoke_matching(&self, filter: &Filter) -> Result<Revoked, AdminError> {
        let begin = self.now().await?;
        let mut sessions = 0;
        loop {
            let doomed = self.rows(self.sql.doomed(filter, begin, LOOKED_UP as i64)).await?;
            if doomed.is_empty() {
                return Ok(Revoked { sessions: Some(sessions) });
            }
            let mut keys: Vec<Vec<u8>> = doomed.into_iter().map(|(key,)| key).collect();
            // As batches do, so that the two do not wait for each other.
            keys.sort_unstable();
            for some in keys.chunks(AT_A_TIME) {
                sessions += self.end(filter, some).await?;
            }
        }
    }

    /// Ends every session there is, at any size of the table at once: it is emptied (`truncate`), which takes
    /// milliseconds and gives the disk its room back. Everybody is signed out, you too.
    ///
    /// That takes the table from everybody else for a moment, and the right to. If somebody does not let go of
    /// it for some seconds (a backup, a long report), or the right is not there, all sessions that had begun
    /// before the call are deleted as by [`revoke_matching`](Self::revoke_matching).
    ///
    /// # Errors
    ///
    /// When the database fails, or takes too long for one step of deleting.
    pub async fn revoke_everything(&self) -> Result<Revoked, AdminError> {
        for _ in 0..LOCK_TRIES {
            match self.empty().await {
                Ok(()) => {
                    self.forget_everything();
                    return Ok(Revoked { sessions: None });
                }
                Err(error) if has_code(&error, &["55P03", "40P01"]) => {
                    tokio::time::sleep(LOCK_PATIENCE).await;
                }
                Err(error) if has_code(&error, &NOT_EMPTIED) => break,
                Err(error) => return Err(AdminError::of(error, self.statement_timeout)),
            }
        }
        self.revoke_matching(&Filter::new().state(State::Any)).await
    }

    async fn empty(&self) -> Result<(), sqlx::Error> {
        let begin = admin::begin_writing(self.statement_timeout, LOCK_PATIENCE);
        let empty = self.sql.empty();
        self.sent(begin, (), move |connection| {
            Box::pin(async move {
                sqlx::raw_sql(AssertSqlSafe(empty)).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends these sessions, those of them that still match, and answers how many.
    async fn end(&self, filter: &Filter, keys: &[Vec<u8>]) -> Result<u64, AdminError> {
        let mut tries = Tries::default();
        loop {
            let mut sql = self.sql.end(filter, keys.to_vec());
            let begin = admin::begin_writing(self.statement_timeout, self.statement_timeout);
            let ended = self
                .sent(begin, self.ending(keys), move |connection| {
                    Box::pin(async move { sql.build().persistent(false).execute(connection).await })
                })
                .await;
            match ended {
                Err(error) if has_lost_a_race(&error) && tries.one_more() => {}
                Err(error) => return Err(AdminError::of(error, self.statement_timeout)),
                Ok(done) => return Ok(done.rows_affected()),
            }
        }
    }
}
