//! How a table of sessions lies in the database.

use std::str::FromStr;

use actix_pg_session::PostgresStore;
use sqlx::PgPool;

use super::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One table, as `migrate()` makes it.
    Plain,
    /// Hash partitions, as the same makes them on request.
    Partitioned,
}

/// How many partitions.
const PARTITIONS: u16 = 16;

impl Layout {
    /// What a report calls a table of this layout.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Partitioned => "partitioned",
        }
    }

    /// Makes an empty table called `name`.
    pub(super) async fn make(self, pool: &PgPool, name: &str) -> Result<PostgresStore> {
        let layout = match self {
            Self::Plain => actix_pg_session::Layout::Plain,
            Self::Partitioned => actix_pg_session::Layout::Partitioned { partitions: PARTITIONS },
        };
        let store = PostgresStore::builder(pool.clone()).table(name).layout(layout).build()?;
        store.migrate().await?;
        Ok(store)
    }
}

impl FromStr for Layout {
    type Err = ();

    fn from_str(name: &str) -> std::result::Result<Self, ()> {
        [Self::Plain, Self::Partitioned].into_iter().find(|layout| layout.title() == name).ok_or(())
    }
}
