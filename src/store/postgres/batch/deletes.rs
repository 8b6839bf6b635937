//! Many deletions as one `delete`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, FromRow, Postgres};

use super::Statement;
use super::connection::Kept;
use super::keyed::{Key, Keyed, key_of};

/// The second statement remembers what the first deleted, where one cannot do both.
pub(super) struct Deletes(pub(super) Statement, pub(super) Option<Arc<str>>);

/// The key, and for how many seconds it is remembered.
pub(super) type Deletion = (Key, f64);

struct Deleted(Key);

impl<'r> FromRow<'r, PgRow> for Deleted {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self(key_of(row, 0)?))
    }
}

impl Keyed for Deletes {
    type Ask = Deletion;
    type Row = ();

    fn key((key, _): &Deletion) -> Key {
        *key
    }

    async fn get_ready(&self, kept: &mut Kept) -> Result<(), sqlx::Error> {
        kept.get_ready(&self.0.parking).await
    }

    /// The second finds nothing, which is another answer.
    fn fold(_: &Deletion, _: &Deletion) -> Option<Deletion> {
        None
    }

    async fn fetch(&self, kept: &mut Kept, asks: Vec<Deletion>) -> Result<HashMap<Key, ()>, sqlx::Error> {
        if let Some((statement, (key, grace))) = self.0.ask_one::<(bool,), _>(&asks) {
            let rows = kept.fetch(&self.0, statement.bind(key.to_vec()).bind(*grace), 1).await?;
            return Ok(rows.into_iter().map(|_| (*key, ())).collect());
        }
        let (keys, graces): (Vec<_>, Vec<_>) = asks.iter().copied().unzip();
        let delete = self.0.ask::<Deleted>().bind(keys);
        let rows = match &self.1 {
            None => kept.fetch(&self.0, delete.bind(graces), asks.len()).await?,
            Some(marks) => {
                let marks = sqlx::query(AssertSqlSafe(Arc::clone(marks))).persistent(self.0.prepared);
                kept.fetch_then(&self.0, delete, asks.len(), |gone| remembering(marks, gone, &asks)).await?
            }
        };
        Ok(rows.into_iter().map(|Deleted(key)| (key, ())).collect())
    }
}

/// The statement with those keys that were deleted and are to be remembered.
fn remembering(
    marks: Query<'static, Postgres, PgArguments>,
    gone: &[Deleted],
    asks: &[Deletion],
) -> Option<Query<'static, Postgres, PgArguments>> {
    let gone: HashSet<_> = gone.iter().map(|Deleted(key)| key).collect();
    let wanted = asks.iter().filter(|(key, grace)| *grace > 0.0 && gone.contains(key));
    let (keys, graces): (Vec<_>, Vec<_>) = wanted.copied().unzip();
    (!keys.is_empty()).then(|| marks.bind(keys).bind(graces))
}
