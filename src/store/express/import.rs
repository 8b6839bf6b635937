//! Leaving connect-pg-simple's table for the crate's own, with all sessions.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::ExpressStore;
use super::facts::TableTag;
use super::row::{Row, Rules};
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::json;
use crate::record::{Data, Record, check_owner};
use crate::store::PostgresStore;
use crate::store::postgres::care::{done, rows};
use crate::store::postgres::fault::store_error;
use crate::store::postgres::import::Batch;
use crate::store::postgres::lone::RowOf;
use crate::store::postgres::lost::{acquire, answered};
use crate::store::postgres::moment::Moment;
use crate::store::stored::after;
use crate::telemetry;

/// How sessions are imported.
#[derive(Clone)]
#[must_use]
pub struct Import {
    batch: u32,
    absolute_lifetime: Option<Duration>,
    owner: Option<Arc<OwnerOf>>,
}

type OwnerOf = dyn Fn(&Data) -> Option<String> + Send + Sync;

impl Import {
    /// How many rows are read and written at once. Default: 1000.
    pub fn batch(self, rows: u32) -> Self {
        Self { batch: rows.max(1), ..self }
    }

    /// How long a session may live from now in any case; Express knows no such limit. `None` for no limit
    /// here either. Default: 90 days.
    pub fn absolute_lifetime(self, absolute: impl Into<Option<Duration>>) -> Self {
        Self { absolute_lifetime: absolute.into(), ..self }
    }

    /// Who is signed in, going by a session's values: `user`, `passport.user` or whatever the Express
    /// application stores. Default: whom [`login`](crate::Session::login) has named here, which Node does not
    /// know of.
    pub fn owner(self, of: impl Fn(&Data) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { owner: Some(Arc::new(of)), ..self }
    }
}

impl Default for Import {
    fn default() -> Self {
        Self { batch: 1000, absolute_lifetime: Some(Duration::from_secs(90 * 24 * 60 * 60)), owner: None }
    }
}

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import")
            .field("batch", &self.batch)
            .field("absolute_lifetime", &self.absolute_lifetime)
            .finish_non_exhaustive()
    }
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Live sessions that were found.
    pub found: u64,
    /// Those that were not there before.
    pub added: u64,
    /// Those that had changed since an earlier import.
    pub changed: u64,
    /// Sessions of an earlier import that have ended in the Express table since, and so were ended here.
    pub ended: u64,
    /// Rows that cannot be read, or hold what the own table cannot: U+0000, half of a surrogate pair, a number
    /// beyond a double, more than [`MAX_DEPTH`](crate::MAX_DEPTH) levels, an owner's name or a credential too long.
    /// They stay where they are; an event names each.
    pub refused: u64,
}

impl ExpressStore {
    /// Copies all live sessions into the crate's own table, in the same database. Existing cookies then
    /// name them there, too.
    ///
    /// Both applications may serve meanwhile. It may be repeated, and then brings over what has changed and
    /// ends what has ended; until the new table is in service. A session that was used there is left alone
    /// from then on, but one that was ended there would be brought back: [`move_into`](Self::move_into) is
    /// the last step, not another copy.
    ///
    /// Cost: a read and a write for each batch. Remembers 32 bytes of each session meanwhile.
    ///
    /// # Cancellation
    ///
    /// Dropped midway, some sessions are copied. Repeat it.
    ///
    /// # Errors
    ///
    /// When the database fails, or the own table is not there.
    pub async fn copy_into(&self, store: &PostgresStore, import: &Import) -> Result<Imported, StoreError> {
        // Not the pool's any more: an answer to it that is none must be nobody else's.
        let mut connection = acquire(&self.inner.pool).await.map_err(store_error)?.detach();
        self.import(&mut connection, store, import, false).await
    }

    /// Moves all live sessions into the crate's own table, in the same database and in one transaction.
    ///
    /// Nobody writes to the Express table meanwhile: requests that want to wait. Afterwards it is empty, but
    /// for rows that were refused, and whoever still uses it finds its visitors anonymous. So stop the
    /// old applications, move, and start the new one. After a [`copy_into`](Self::copy_into) only what has
    /// changed since is written. What was moved belongs to the new table: no later import changes or ends it.
    ///
    /// # Cancellation
    ///
    /// Dropped midway, nothing has happened.
    ///
    /// # Errors
    ///
    /// As [`copy_into`](Self::copy_into). Then nothing has happened.
    pub async fn move_into(&self, store: &PostgresStore, import: &Import) -> Result<Imported, StoreError> {
        // Not the pool's any more: dropped while it begins a transaction, it would take that back there.
        let pool = &self.inner.pool;
        let mut connection = acquire(pool).await.map_err(store_error)?.detach();
        let mut transaction = answered(pool, connection.begin()).await.map_err(store_error)?;
        // As long as it takes; for this transaction only.
        for statement in ["set local statement_timeout = 0", &self.inner.sql.hold] {
            let statement = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
            answered(pool, statement.execute(&mut *transaction)).await.map_err(store_error)?;
        }
        let imported = self.import(&mut transaction, store, import, true).await?;
        answered(pool, transaction.commit()).await.map_err(store_error)?;
        Ok(imported)
    }

    async fn import(
        &self,
        connection: &mut PgConnection,
        store: &PostgresStore,
        import: &Import,
        moves: bool,
    ) -> Result<Imported, StoreError> {
        let mut imported = Imported::default();
        let mut live: HashSet<[u8; 32]> = HashSet::new();
        let mut last = String::new();
        loop {
            let rows = self.page(connection, &last, import.batch).await?;
            let Some((sid, .., now)) = rows.last() else { break };
            last.clone_from(sid);
            let now = now.0;
            let (mut batch, mut leaving) = (Batch::default(), Vec::new());
            for (sid, text, Moment(ends_at), Moment(now)) in rows {
                let id = SessionId::from_secret(sid.as_str());
                let row = Row::read(text, ends_at, now);
                match row.and_then(|row| readable(&row, &id, self.inner.rules, import)) {
                    Ok(Some(record)) => {
                        live.insert(*id.digest().as_bytes());
                        add(&mut batch, id.digest(), record, ends_at);
                        leaving.push(sid);
                    }
                    // Past a deadline that Node has overrun: over, and left behind by nobody.
                    Ok(None) => leaving.push(sid),
                    Err(error) => {
                        telemetry::not_imported(super::facts::handle(&id, self.inner.rules.table), &error);
                        imported.refused += 1;
                    }
                }
            }
            let keys = batch.keys.clone();
            imported.found += keys.len() as u64;
            let default_deadline = import.absolute_lifetime.map(|absolute| after(now, absolute));
            let (added, changed) = store.import(connection, batch, default_deadline).await?;
            imported.added += added;
            imported.changed += changed;
            if moves {
                store.adopt(connection, keys).await?;
                self.finish(connection, self.ask(&self.inner.sql.drop_all).bind(leaving)).await?;
            }
        }
        let tag = self.inner.rules.table;
        imported.ended = end_others(connection, store, tag, import.batch, &live).await?;
        if moves {
            self.finish(connection, self.ask(&self.inner.sql.drop_expired)).await?;
        }
        Ok(imported)
    }

    async fn page(&self, connection: &mut PgConnection, last: &str, size: u32) -> Result<Page, StoreError> {
        let page = self.ask(&self.inner.sql.page).bind(last.to_owned()).bind(i64::from(size));
        answered(&self.inner.pool, rows(connection, page, size as usize)).await.map_err(store_error)
    }

    async fn finish(&self, connection: &mut PgConnection, statement: RowOf<()>) -> Result<(), StoreError> {
        answered(&self.inner.pool, done(connection, statement)).await.map(drop).map_err(store_error)
    }
}

/// The session in a row, if it is one; an error if the own table cannot hold it.
pub(super) fn readable(
    row: &Row,
    id: &SessionId,
    rules: Rules,
    import: &Import,
) -> Result<Option<Record>, StoreError> {
    if row.is_over() {
        return Ok(None);
    }
    if row.has_unnameable() {
        return Err(StoreError::corrupt("a name is not text"));
    }
    let mut record = row.record(id, rules, false);
    if let Some(owner) = &import.owner {
        record.owner = owner(&record.data).map(Into::into);
    }
    for text in [&record.owner, &record.credential].into_iter().flatten() {
        check_owner(text).map_err(StoreError::corrupt)?;
    }
    for (name, value) in record.data.iter() {
        json::check_name(name).and_then(|()| json::check(value)).map_err(StoreError::corrupt)?;
    }
    Ok(Some(record))
}

/// sid, text, end and the time of reading.
type Page = Vec<(String, String, Moment, Moment)>;

fn add(batch: &mut Batch, key: &Digest, record: Record, ends_at: DateTime<Utc>) {
    batch.owners.push(record.owner.as_deref().map(str::to_owned));
    batch.credentials.push(record.credential.as_deref().map(str::to_owned));
    batch.keys.push(key.as_bytes().to_vec());
    batch.handles.push(record.handle);
    batch.data.push(record.data.to_json());
    batch.created_at.push(record.created_at);
    batch.seen_at.push(record.seen_at);
    batch.authenticated_at.push(record.authenticated_at);
    batch.idle.push(record.idle.as_secs_f64());
    batch.deadlines.push(record.deadline);
    batch.persistent.push(record.persistent);
    batch.ends_at.push(ends_at);
}

/// Ends the sessions of an earlier import that are live no more.
async fn end_others(
    connection: &mut PgConnection,
    store: &PostgresStore,
    tag: TableTag,
    page: u32,
    live: &HashSet<[u8; 32]>,
) -> Result<u64, StoreError> {
    let (mut ended, mut last) = (0, Vec::new());
    loop {
        let keys = store.imported_keys(connection, tag, &last, page).await?;
        let Some(end) = keys.last() else { return Ok(ended) };
        last.clone_from(end);
        let is_gone = |key: &Vec<u8>| !<[u8; 32]>::try_from(&**key).is_ok_and(|key| live.contains(&key));
        let gone: Vec<_> = keys.into_iter().filter(is_gone).collect();
        if !gone.is_empty() {
            ended += store.drop_imported(connection, gone).await?;
        }
    }
}
