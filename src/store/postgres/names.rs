//! The schema and the table, checked and quoted once.

use crate::error::ConfigError;

/// The longest identifier that PostgreSQL keeps is 63 bytes; the names made of the table's need
/// some of them.
const LONGEST_TABLE: usize = 40;
const LONGEST_SCHEMA: usize = 63;

/// Where the sessions are. All of it is quoted when it is made, and nowhere else.
#[derive(Clone, Debug)]
pub(super) struct Names {
    schema: String,
    table: String,
}

impl Names {
    pub(super) fn new(schema: &str, table: &str) -> Result<Self, ConfigError> {
        check("schema", schema, LONGEST_SCHEMA)?;
        check("table", table, LONGEST_TABLE)?;
        Ok(Self { schema: schema.to_owned(), table: table.to_owned() })
    }

    /// The table of sessions, quoted and with its schema.
    pub(super) fn sessions(&self) -> String {
        self.qualified("", "")
    }

    /// The table of ids that ended a moment ago.
    pub(super) fn ended(&self) -> String {
        self.qualified("", "_ended")
    }

    /// The table of readings.
    pub(super) fn history(&self) -> String {
        self.qualified("", "_history")
    }

    /// The function that prunes.
    pub(super) fn prune(&self) -> String {
        self.qualified("prune_", "")
    }

    /// The table of applied migrations. Its own for each table of sessions, and not the
    /// application's `_sqlx_migrations`.
    pub(super) fn migrations(&self) -> String {
        self.qualified("_", "_migrations")
    }

    /// The table of the migrations that a cache needs, apart from those that everybody does.
    #[cfg(feature = "cache")]
    pub(super) fn cache_migrations(&self) -> String {
        self.qualified("_", "_cache_migrations")
    }

    /// The triggers that announce changes.
    #[cfg(feature = "cache")]
    pub(super) fn announcers(&self) -> [String; 3] {
        ["changed", "gone", "emptied"].map(|what| format!("{}_{what}", self.table))
    }

    pub(super) fn schema(&self) -> String {
        quoted(&self.schema)
    }

    /// Puts these names in place of those in a migration file, which are the quoted ones.
    ///
    /// Each is looked at once, since a name of ours may be another one's in the file.
    pub(super) fn apply(&self, sql: &str) -> String {
        let parts = sql.split('"').enumerate();
        parts
            .map(|(n, part)| match part {
                _ if n % 2 == 0 => part.to_owned(),
                "public" => self.schema(),
                name => quoted(&name.replace("sessions", &self.table)),
            })
            .collect()
    }

    fn qualified(&self, prefix: &str, suffix: &str) -> String {
        let name = format!("{prefix}{}{suffix}", self.table);
        format!("{}.{}", quoted(&self.schema), quoted(&name))
    }
}

impl Default for Names {
    fn default() -> Self {
        Self { schema: "public".into(), table: "sessions".into() }
    }
}

pub(in crate::store) fn check(what: &str, name: &str, longest: usize) -> Result<(), ConfigError> {
    if name.is_empty() || name.len() > longest || name.contains('\0') {
        return Err(ConfigError(format!(
            "the {what} name {name:?} must have 1 to {longest} bytes, none of them zero"
        )));
    }
    // Either would end a literal of the migration that the name stands in; nobody needs them.
    if name.contains('\'') || name.contains("$$") {
        return Err(ConfigError(format!(
            "the {what} name {name:?} must contain neither a single quote nor \"$$\""
        )));
    }
    Ok(())
}

/// An SQL identifier, whatever is in it.
pub(in crate::store) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_whatever_is_in_them() {
        let names = Names::new("my app", "web\"; drop table users; --").unwrap();
        assert_eq!(names.sessions(), "\"my app\".\"web\"\"; drop table users; --\"");
    }

    #[test]
    fn names_that_postgresql_would_cut_or_a_literal_could_not_hold_are_refused() {
        for (schema, table) in
            [("", "t"), ("s", ""), ("s", "a\0"), ("s", "it's"), ("s", "a$$b"), ("s", &*"x".repeat(41))]
        {
            assert!(Names::new(schema, table).is_err(), "{schema:?} {table:?}");
        }
    }
}
