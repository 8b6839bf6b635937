//! Many updates as one `update`.

use std::collections::HashMap;

use sqlx::FromRow;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::Statement;
use super::connection::Kept;
use super::keyed::{Key, Keyed, key_of};
use crate::record::Change;
use crate::store::postgres::calls::{SavedRow, lifetime};

pub(super) struct Updates(pub(super) Statement);

/// A row about to be changed.
#[derive(Clone, Debug)]
pub(in crate::store::postgres) struct ChangedRow {
    pub(in crate::store::postgres) key: Key,
    pub(in crate::store::postgres) change: Change,
}

/// Key, handle, version, and seconds left.
struct Updated(Key, SavedRow);

impl<'r> FromRow<'r, PgRow> for Updated {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row as _;
        let handle: Uuid = row.try_get(1)?;
        Ok(Self(key_of(row, 0)?, (handle, row.try_get(2)?, row.try_get(3)?)))
    }
}

impl Keyed for Updates {
    type Ask = ChangedRow;
    type Row = SavedRow;

    fn key(ask: &ChangedRow) -> Key {
        ask.key
    }

    /// One who expects a version must see whether the other has moved it.
    fn fold(first: &ChangedRow, second: &ChangedRow) -> Option<ChangedRow> {
        let versions = [first.change.expected_version, second.change.expected_version];
        let change = versions.iter().all(Option::is_none).then(|| first.change.then(&second.change))?;
        Some(ChangedRow { key: first.key, change })
    }

    async fn fetch(
        &self,
        kept: &mut Kept,
        asks: Vec<ChangedRow>,
    ) -> Result<HashMap<Key, SavedRow>, sqlx::Error> {
        let changes = || asks.iter().map(|ask| &ask.change);
        let lifetimes: Vec<_> = changes().map(|change| change.lifetime.map(lifetime)).collect();
        let statement = self
            .0
            .ask::<Updated>()
            .bind(asks.iter().map(|ask| ask.key).collect::<Vec<_>>())
            .bind(changes().map(|change| change.cleared).collect::<Vec<_>>())
            .bind(changes().map(|change| array_literal(&change.removed)).collect::<Vec<_>>())
            .bind(changes().map(|change| change.set.to_json()).collect::<Vec<_>>())
            .bind(changes().map(|change| change.expected_version).collect::<Vec<_>>())
            .bind(lifetimes.iter().map(|life| life.map(|(idle, ..)| idle)).collect::<Vec<_>>())
            .bind(lifetimes.iter().map(|life| life.and_then(|(_, absolute, _)| absolute)).collect::<Vec<_>>())
            .bind(lifetimes.iter().map(|life| life.map(|(.., persistent)| persistent)).collect::<Vec<_>>());
        let rows = kept.fetch(&self.0.pool, statement).await?;
        Ok(rows.into_iter().map(|Updated(key, row)| (key, row)).collect())
    }
}

/// Names as the text of a `text[]`: an array of arrays would have to be rectangular.
fn array_literal(names: &[String]) -> String {
    let quoted = names.iter().map(|name| {
        let escaped = name.replace('\\', r"\\").replace('"', r#"\""#);
        format!("\"{escaped}\"")
    });
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}
