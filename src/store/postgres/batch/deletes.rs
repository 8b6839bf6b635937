//! Many deletions as one `delete`.

use std::collections::HashMap;

use sqlx::FromRow;
use sqlx::postgres::PgRow;

use super::Statement;
use super::connection::Kept;
use super::keyed::{Key, Keyed, key_of};

pub(super) struct Deletes(pub(super) Statement);

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

    /// The second finds nothing, which is another answer.
    fn fold(_: &Deletion, _: &Deletion) -> Option<Deletion> {
        None
    }

    async fn fetch(&self, kept: &mut Kept, asks: Vec<Deletion>) -> Result<HashMap<Key, ()>, sqlx::Error> {
        let (keys, graces): (Vec<_>, Vec<_>) = asks.into_iter().unzip();
        let statement = self.0.ask::<Deleted>().bind(keys).bind(graces);
        let rows = kept.fetch(&self.0.pool, statement).await?;
        Ok(rows.into_iter().map(|Deleted(key)| (key, ())).collect())
    }
}
