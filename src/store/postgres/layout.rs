//! How the table of sessions is laid out: what is created, and which statements go to it.

use super::names::Names;
use super::schema::File;
use crate::error::ConfigError;

/// How the table of sessions is laid out.
///
/// It decides what [`migrate`](crate::PostgresStore::migrate) creates and which statements are sent. To the
/// application all layouts are the same store, under the same law. `docs/scaling.md` says when which of
/// them pays, and how to get from one to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// One table. The default, and right for many millions of sessions.
    #[default]
    Plain,
    /// One table of so many hash partitions by key, 1 to 1024. Each has indexes and a vacuum of its own, which is
    /// what they are for; calls cost more, those of a crowd several times as much (`docs/scaling.md` has the
    /// figures for 16).
    ///
    /// A renewal moves its row to another partition. A statement that waited for it meanwhile is told so by
    /// an error, 40001; the store sends its own again, an administrator has to.
    Partitioned {
        /// How many. It is decided once, when the table is made.
        partitions: u16,
    },
    /// A table that Citus distributes over the nodes of a cluster by key, in so many shards, 1 to 1024; 32
    /// is a good number.
    ///
    /// All statements have forms that run there, and on PostgreSQL without Citus as well. What is other than
    /// in one database:
    ///
    /// - A renewal is two transactions rather than one statement.
    /// - A batch waits for a row that somebody holds, with all that are in it.
    /// - Whether a session has expired is judged by the clock of the node that has it; the clocks must agree.
    /// - There is no function `prune_sessions`; [`prune`](crate::PostgresStore::prune) is some statements in
    ///   one transaction.
    /// - Sessions of an Express application cannot be imported.
    Distributed {
        /// How many. It is decided once, when the table is made.
        shards: u16,
    },
}

/// More are no mistake of PostgreSQL's or Citus's, but of whoever asked for them.
const MOST: u16 = 1024;

impl Layout {
    pub(super) fn check(self) -> Result<(), ConfigError> {
        let (what, number) = match self {
            Self::Plain => return Ok(()),
            Self::Partitioned { partitions } => ("partitions", partitions),
            Self::Distributed { shards } => ("shards", shards),
        };
        match number {
            1..=MOST => Ok(()),
            _ => Err(ConfigError(format!("the table must have 1 to {MOST} {what}, not {number}"))),
        }
    }

    pub(super) fn is_distributed(self) -> bool {
        matches!(self, Self::Distributed { .. })
    }

    /// The migrations of a table with these names, oldest first.
    pub(super) fn migrations(self, names: &Names) -> Vec<File> {
        let (accounts, administration) = match self {
            Self::Plain => (
                include_str!("../../../migrations/0002_accounts.sql"),
                include_str!("../../../migrations/0003_administration.sql"),
            ),
            Self::Partitioned { .. } => (
                include_str!("../../../migrations/partitioned/0002_accounts.sql"),
                include_str!("../../../migrations/partitioned/0003_administration.sql"),
            ),
            Self::Distributed { .. } => (
                include_str!("../../../migrations/distributed/0002_accounts.sql"),
                include_str!("../../../migrations/distributed/0003_administration.sql"),
            ),
        };
        vec![
            (1, "sessions", self.tables(names)),
            (2, "accounts", names.apply(accounts)),
            (3, "administration", names.apply(administration)),
        ]
    }

    fn tables(self, names: &Names) -> String {
        let (template, number) = match self {
            Self::Plain => (PLAIN, None),
            Self::Partitioned { partitions } => {
                (PARTITIONED, Some(("partitions constant integer := 16;", "partitions", partitions)))
            }
            Self::Distributed { shards } => {
                (DISTRIBUTED, Some(("shards constant integer := 32;", "shards", shards)))
            }
        };
        let sql = match number {
            None => template.to_owned(),
            Some((line, what, number)) => {
                template.replace(line, &format!("{what} constant integer := {number};"))
            }
        };
        names.apply(&sql)
    }
}

const PLAIN: &str = include_str!("../../../migrations/0001_sessions.sql");
const PARTITIONED: &str = include_str!("../../../migrations/partitioned/0001_sessions.sql");
const DISTRIBUTED: &str = include_str!("../../../migrations/distributed/0001_sessions.sql");

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUTS: [Layout; 3] =
        [Layout::Plain, Layout::Partitioned { partitions: 16 }, Layout::Distributed { shards: 32 }];

    #[test]
    fn with_the_default_names_and_numbers_a_migration_is_its_file() {
        for (layout, file) in LAYOUTS.into_iter().zip([PLAIN, PARTITIONED, DISTRIBUTED]) {
            assert_eq!(layout.tables(&Names::default()), file, "{layout:?}");
        }
    }

    #[test]
    fn a_migration_with_other_names_mentions_none_of_the_old_ones() {
        for layout in LAYOUTS {
            let sql = layout.tables(&Names::new("app", "web").unwrap());
            for old in ["\"public\"", "\"sessions", "_sessions\""] {
                assert!(!sql.contains(old), "{layout:?}: {old}");
            }
            assert!(sql.contains("\"app\".\"active_web\""), "{layout:?}");
        }
    }

    #[test]
    fn another_number_is_put_in_its_place() {
        let names = Names::default();
        assert!(Layout::Partitioned { partitions: 3 }.tables(&names).contains("integer := 3;"));
        assert!(Layout::Distributed { shards: 64 }.tables(&names).contains("integer := 64;"));
    }

    #[test]
    fn no_part_or_too_many_are_refused() {
        for number in [0, 1025, u16::MAX] {
            assert!(Layout::Partitioned { partitions: number }.check().is_err());
            assert!(Layout::Distributed { shards: number }.check().is_err());
        }
        assert!(LAYOUTS.into_iter().all(|layout| layout.check().is_ok()));
    }
}
