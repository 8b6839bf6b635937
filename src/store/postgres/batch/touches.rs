//! Many touches as one `update`. One that brings a new lifetime is rare, and goes alone.

use std::collections::HashMap;

use sqlx::FromRow;
use sqlx::postgres::PgRow;

use super::Statement;
use super::connection::Kept;
use super::keyed::{Key, Keyed, key_of};

pub(super) struct Touches(pub(super) Statement);

/// Key, and seconds left.
struct Touched(Key, f64);

impl<'r> FromRow<'r, PgRow> for Touched {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row as _;
        Ok(Self(key_of(row, 0)?, row.try_get(1)?))
    }
}

impl Keyed for Touches {
    type Ask = Key;
    type Row = f64;

    fn key(ask: &Key) -> Key {
        *ask
    }

    async fn get_ready(&self, kept: &mut Kept) -> Result<(), sqlx::Error> {
        kept.get_ready(&self.0.parking).await
    }

    fn fold(first: &Key, _: &Key) -> Option<Key> {
        Some(*first)
    }

    async fn fetch(&self, kept: &mut Kept, asks: Vec<Key>) -> Result<HashMap<Key, f64>, sqlx::Error> {
        if let Some((statement, key)) = self.0.ask_one::<(f64,), _>(&asks) {
            let rows = kept.fetch(&self.0, statement.bind(key.to_vec()), 1).await?;
            return Ok(rows.into_iter().map(|(left,)| (*key, left)).collect());
        }
        let most = asks.len();
        let rows = kept.fetch(&self.0, self.0.ask::<Touched>().bind(asks), most).await?;
        Ok(rows.into_iter().map(|Touched(key, left)| (key, left)).collect())
    }
}
