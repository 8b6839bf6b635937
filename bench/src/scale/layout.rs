//! How a table of sessions lies in the database.

use std::str::FromStr;

use actix_pg_session::PostgresStore;
use sqlx::PgPool;

use super::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One table, as `migrate()` makes it.
    Plain,
}

impl Layout {
    /// What a report calls a table of this layout.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Plain => "plain",
        }
    }

    /// Makes an empty table called `name`.
    pub(super) async fn make(self, pool: &PgPool, name: &str) -> Result<PostgresStore> {
        let builder = PostgresStore::builder(pool.clone()).table(name);
        let store = match self {
            Self::Plain => builder.build()?,
        };
        store.migrate().await?;
        Ok(store)
    }
}

impl FromStr for Layout {
    type Err = ();

    fn from_str(name: &str) -> std::result::Result<Self, ()> {
        [Self::Plain].into_iter().find(|layout| layout.title() == name).ok_or(())
    }
}
