//! Many updates as one `update`.

use std::collections::{HashMap, HashSet};

use sqlx::FromRow;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::Statement;
use super::connection::Kept;
use super::keyed::{Key, Keyed, key_of};
use crate::record::Change;
use crate::store::postgres::calls::{SavedRow, bind_change, lifetime};

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

    async fn get_ready(&self, kept: &mut Kept) -> Result<(), sqlx::Error> {
        kept.get_ready(&self.0.parking).await
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
        if let Some((statement, ask)) = self.0.ask_one(&asks) {
            let statement = bind_change(statement.bind(ask.key.to_vec()), &ask.change);
            let rows = kept.fetch(&self.0, statement, 1).await?;
            return Ok(rows.into_iter().map(|row| (ask.key, row)).collect());
        }
        let changes = || asks.iter().map(|ask| &ask.change);
        let [between, none] = absent_from(changes().flat_map(|change| &change.removed));
        let lifetimes: Vec<_> = changes().map(|change| change.lifetime.map(lifetime)).collect();
        let statement = self
            .0
            .ask::<Updated>()
            .bind(asks.iter().map(|ask| ask.key).collect::<Vec<_>>())
            .bind(changes().map(|change| change.cleared).collect::<Vec<_>>())
            .bind(changes().map(|change| listed(&change.removed, between, none)).collect::<Vec<_>>())
            .bind(changes().map(|change| change.set.to_json()).collect::<Vec<_>>())
            .bind(changes().map(|change| change.expected_version).collect::<Vec<_>>())
            .bind(lifetimes.iter().map(|life| life.map(|(idle, ..)| idle)).collect::<Vec<_>>())
            .bind(lifetimes.iter().map(|life| life.and_then(|(_, absolute, _)| absolute)).collect::<Vec<_>>())
            .bind(lifetimes.iter().map(|life| life.map(|(.., persistent)| persistent)).collect::<Vec<_>>())
            .bind(between.to_string())
            .bind(none.to_string());
        let rows = kept.fetch(&self.0, statement, asks.len()).await?;
        Ok(rows.into_iter().map(|Updated(key, row)| (key, row)).collect())
    }
}

/// Two characters that are in none of the names.
///
/// A list of lists would have to be rectangular. So each is a text, which `string_to_array` takes apart: unlike
/// a cast to `text[]`, that means the same on every server, so a cluster lets it be asked for each row.
fn absent_from<'a>(names: impl Iterator<Item = &'a String>) -> [char; 2] {
    let present: HashSet<char> = names.flat_map(|name| name.chars()).collect();
    let mut absent = ('\u{1}'..=char::MAX).filter(|c| !present.contains(c));
    // There are more characters than anybody's names have.
    [absent.next().unwrap_or_default(), absent.next().unwrap_or_default()]
}

/// The names, and after them one that is none: a text that is empty would otherwise be no name or an empty one.
fn listed(names: &[String], between: char, none: char) -> String {
    let mut list: String = names.iter().flat_map(|name| name.chars().chain([between])).collect();
    list.push(none);
    list
}
