//! Changing a row: it is read, and replaced by what follows from it.

use std::time::Duration;

use chrono::DateTime;
use sqlx::{Connection as _, PgConnection};

use super::calls::{Ended, Found, FoundRow, bind_admin, duration, ended};
use super::row::{Next, Row};
use super::{ExpressStore, ExpressTouch};
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::Restart;
use crate::store::postgres::care::row;
use crate::store::postgres::fault::{is_unique_violation, store_error};
use crate::store::postgres::lone::{RowOf, carried_out};
use crate::store::{Saved, Updated};

/// What is to become of a live row. It owns all of it, so that the second try can be carried out if nobody waits for it.
pub(super) struct Rewrite {
    pub(super) id: SessionId,
    pub(super) expected_version: Option<i64>,
    /// What follows from a row, as often as somebody has come in between.
    pub(super) next: Box<dyn Fn(&Row) -> Next + Send + Sync>,
    pub(super) write: Write,
}

/// What of a row is written.
pub(super) enum Write {
    /// JSON and end.
    Row,
    /// The end alone.
    Column,
    /// All of it, under another sid.
    Sid { new: SessionId, restart: Option<Box<Restart>>, late_grace: Duration },
}

/// What a save answers: seconds left, and the text where the database has changed it.
type SavedRow = (f64, Option<String>);

impl Rewrite {
    fn is_conflict(&self, row: &Row) -> bool {
        self.expected_version.is_some_and(|version| version != row.version())
    }
}

impl ExpressStore {
    /// Writes the row that follows from the live one.
    ///
    /// The first try goes by the text that was read. If somebody came in between, the second holds the row
    /// while it reads and writes, so that many writers at once stand in line instead of overtaking each
    /// other.
    pub(super) async fn rewrite(&self, rewrite: Rewrite) -> Result<Updated, StoreError> {
        let Found::Live(row) = self.find(&rewrite.id).await? else { return Ok(Updated::Gone) };
        if rewrite.is_conflict(&row) {
            return Ok(Updated::Conflict);
        }
        let planned = self.settled((rewrite.next)(&row));
        let saved = self.rows(self.writing(&rewrite, &row, &planned), 1).await.map_err(not_written)?;
        if let Some(saved) = saved.into_iter().next() {
            return saved_as(saved, &planned);
        }
        let leased = self.inner.connections.take().await.map_err(store_error)?;
        let store = self.clone();
        let held = carried_out(leased, move |connection| {
            Box::pin(async move { store.rewrite_held(connection, &rewrite).await })
        });
        held.await.map_err(not_written)?
    }

    /// The second try. What is wrong with the row, and not with the connection, is a part of the answer.
    async fn rewrite_held(
        &self,
        connection: &mut PgConnection,
        rewrite: &Rewrite,
    ) -> Result<Result<Updated, StoreError>, sqlx::Error> {
        let mut transaction = connection.begin().await?;
        let held = self.ask::<FoundRow>(&self.inner.sql.load_locked).bind(rewrite.id.expose().to_owned());
        let found = row(&mut transaction, held).await?.map_or(Ok(Found::Absent), Found::session);
        let live = match found {
            Ok(Found::Live(live)) => live,
            Ok(Found::Ended | Found::Absent) => return Ok(Ok(Updated::Gone)),
            Err(error) => return Ok(Err(error)),
        };
        if rewrite.is_conflict(&live) {
            return Ok(Ok(Updated::Conflict));
        }
        let planned = self.settled((rewrite.next)(&live));
        let Some(saved) = row(&mut transaction, self.writing(rewrite, &live, &planned)).await? else {
            // It is held, so only a rule of the database's own, a trigger or a policy, can be in the way.
            return Ok(Err(StoreError::failed(
                "a session's row can be read and not written: is there a trigger or a policy?",
            )));
        };
        transaction.commit().await?;
        Ok(saved_as(saved, &planned))
    }

    /// Where the JSON may know of another lifetime than the column, it is the JSON that counts.
    fn settled(&self, next: Next) -> Next {
        Next { only_longer: next.only_longer && self.inner.touch == ExpressTouch::Row, ..next }
    }

    /// The statement that puts `next` in the place of `row`. No answer: the row is not this one any more.
    fn writing(&self, rewrite: &Rewrite, row: &Row, next: &Next) -> RowOf<SavedRow> {
        let (sql, sid) = (&self.inner.sql, rewrite.id.expose().to_owned());
        let touch = || {
            let touch = self.ask(&sql.touch).bind(sid.clone());
            touch.bind(next.left.as_secs_f64()).bind(next.deadline).bind(next.only_longer)
        };
        match &rewrite.write {
            // What would be written stands there already: a session until the browser closes, read.
            Write::Row if next.sess.is(&row.text) => touch(),
            Write::Row => bind(self.ask(&sql.save).bind(sid), row, next),
            Write::Column => touch(),
            Write::Sid { new, restart, late_grace } => {
                let statement = bind(self.ask(&sql.renew).bind(sid), row, next)
                    .bind(new.expose().to_owned())
                    .bind(ended(&rewrite.id))
                    .bind(Ended::text(restart.is_none().then_some(new)))
                    .bind(late_grace.as_secs_f64());
                if !self.inner.table.admin_columns {
                    return statement;
                }
                let restarts = statement.bind(restart.is_some());
                let owner = restart.as_ref().and_then(|restart| restart.owner.clone());
                let client = restart.as_ref().map(|restart| restart.client.clone());
                bind_admin(restarts, owner, client.unwrap_or_default())
            }
        }
    }
}

/// Binds `$2` to `$7` of `save` and `renew`.
fn bind(statement: RowOf<SavedRow>, row: &Row, next: &Next) -> RowOf<SavedRow> {
    statement
        .bind(row.text.clone())
        .bind(next.sess.pieces.clone())
        .bind(next.sess.times.clone())
        .bind(next.left.as_secs_f64())
        .bind(next.deadline)
        .bind(next.only_longer)
}

fn saved_as((remaining, text): SavedRow, next: &Next) -> Result<Updated, StoreError> {
    let version = match text {
        Some(text) => Row::read(text, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH)?.version(),
        None => next.version,
    };
    Ok(Updated::Saved(Saved { handle: next.handle, version, remaining: duration(remaining) }))
}

/// The new sid may be taken.
fn not_written(error: sqlx::Error) -> StoreError {
    if is_unique_violation(&error) { StoreError::collision() } else { store_error(error) }
}
