//! Many creations as one `insert`.

use std::collections::HashMap;

use sqlx::FromRow;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::Statement;
use super::connection::Kept;
use super::keyed::{Key, Keyed, key_of};

pub(super) struct Creates(pub(super) Statement);

/// A row about to be made.
#[derive(Clone, Debug)]
pub(in crate::store::postgres) struct NewRow {
    pub(in crate::store::postgres) key: Key,
    pub(in crate::store::postgres) data: String,
    pub(in crate::store::postgres) owner: Option<String>,
    pub(in crate::store::postgres) credential: Option<String>,
    pub(in crate::store::postgres) ip: Option<String>,
    pub(in crate::store::postgres) user_agent: Option<String>,
    pub(in crate::store::postgres) lifetime: (f64, Option<f64>, bool),
}

/// Key, handle, and seconds left.
struct Created(Key, Uuid, f64);

impl<'r> FromRow<'r, PgRow> for Created {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row as _;
        Ok(Self(key_of(row, 0)?, row.try_get(1)?, row.try_get(2)?))
    }
}

impl Keyed for Creates {
    type Ask = NewRow;
    type Row = (Uuid, f64);

    fn key(ask: &NewRow) -> Key {
        ask.key
    }

    async fn get_ready(&self, kept: &mut Kept) -> Result<(), sqlx::Error> {
        kept.get_ready(&self.0.parking).await
    }

    /// The second is a collision, and must find the first one's row.
    fn fold(_: &NewRow, _: &NewRow) -> Option<NewRow> {
        None
    }

    async fn fetch(
        &self,
        kept: &mut Kept,
        asks: Vec<NewRow>,
    ) -> Result<HashMap<Key, (Uuid, f64)>, sqlx::Error> {
        if let Some((statement, ask)) = self.0.ask_one(&asks) {
            let (idle, absolute, persistent) = ask.lifetime;
            let statement = statement
                .bind(ask.key.to_vec())
                .bind(ask.data.clone())
                .bind(ask.owner.clone())
                .bind(ask.ip.clone())
                .bind(ask.user_agent.clone())
                .bind(idle)
                .bind(absolute)
                .bind(persistent)
                .bind(ask.credential.clone());
            let rows = kept.fetch(&self.0, statement, 1).await?;
            return Ok(rows.into_iter().map(|row| (ask.key, row)).collect());
        }
        let column = |of: fn(&NewRow) -> Option<String>| asks.iter().map(of).collect::<Vec<_>>();
        let statement = self
            .0
            .ask::<Created>()
            .bind(asks.iter().map(|ask| ask.key).collect::<Vec<_>>())
            .bind(asks.iter().map(|ask| ask.data.clone()).collect::<Vec<_>>())
            .bind(column(|ask| ask.owner.clone()))
            .bind(column(|ask| ask.ip.clone()))
            .bind(column(|ask| ask.user_agent.clone()))
            .bind(asks.iter().map(|ask| ask.lifetime.0).collect::<Vec<_>>())
            .bind(asks.iter().map(|ask| ask.lifetime.1).collect::<Vec<_>>())
            .bind(asks.iter().map(|ask| ask.lifetime.2).collect::<Vec<_>>())
            .bind(column(|ask| ask.credential.clone()));
        let rows = kept.fetch(&self.0, statement, asks.len()).await?;
        Ok(rows.into_iter().map(|Created(key, handle, left)| (key, (handle, left))).collect())
    }
}
