//! Many loads as one `select`.

use std::collections::HashMap;

use sqlx::FromRow;
use sqlx::postgres::PgRow;

use super::Statement;
use super::connection::Kept;
use super::keyed::{Key, Keyed, key_of};
use crate::store::postgres::calls::Row;

pub(super) struct Loads(pub(super) Statement);

/// The key comes last. It says whose session this is, whatever was asked for.
pub(in crate::store::postgres) struct Loaded(
    pub(in crate::store::postgres) Key,
    pub(in crate::store::postgres) Row,
);

impl<'r> FromRow<'r, PgRow> for Loaded {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self(key_of(row, 13)?, Row::from_row(row)?))
    }
}

impl Keyed for Loads {
    type Ask = Key;
    type Row = Row;

    fn key(ask: &Key) -> Key {
        *ask
    }

    async fn get_ready(&self, kept: &mut Kept) -> Result<(), sqlx::Error> {
        kept.get_ready(&self.0.parking).await
    }

    fn fold(first: &Key, _: &Key) -> Option<Key> {
        Some(*first)
    }

    async fn fetch(&self, kept: &mut Kept, asks: Vec<Key>) -> Result<HashMap<Key, Row>, sqlx::Error> {
        let most = asks.len();
        let statement = match self.0.ask_one::<Loaded, _>(&asks) {
            Some((statement, key)) => statement.bind(key.to_vec()),
            None => self.0.ask::<Loaded>().bind(asks),
        };
        let rows = kept.fetch(&self.0, statement, most).await?;
        Ok(rows.into_iter().map(|Loaded(key, row)| (key, row)).collect())
    }
}
