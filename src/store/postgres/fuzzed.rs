//! Names of tables, for `fuzz/`.

use super::admin::{Filter, Position};
use super::names::Names;
use super::sql::admin::AdminSql;
use crate::error::ConfigError;

/// What a schema and a table are called in statements, quoted: the table, its companions, and a migration
/// that is written for `"public"."sessions"`, as it is applied.
///
/// # Errors
///
/// When one of the names cannot be used.
pub fn quoted(schema: &str, table: &str, migration: &str) -> Result<(Vec<String>, String), ConfigError> {
    let names = Names::new(schema, table)?;
    let quoted = [names.sessions(), names.ended(), names.history(), names.prune(), names.migrations()];
    Ok((quoted.to_vec(), names.apply(migration)))
}

/// The statement that looks for what an administrator means, without its parameters.
#[must_use]
pub fn statement(filter: &Filter) -> String {
    let question = AdminSql::new(&Names::default()).page(filter, Position::Newest, 1);
    question.sql().as_str().to_owned()
}
