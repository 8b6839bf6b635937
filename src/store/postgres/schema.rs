//! Bringing the tables up to date.

use sqlx::migrate::{Migrate as _, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr as _};

use super::fault::store_error;
use super::{Inner, PostgresStore};
use crate::error::StoreError;

/// Version, description, SQL.
type File = (i64, &'static str, String);

impl PostgresStore {
    /// Creates or upgrades the tables; does nothing, and needs no right to, when they are up to date.
    ///
    /// Any number of processes may call it at once: one applies, the others wait for it. What was
    /// applied is kept in `_<table>_migrations`, so it never mixes with the application's own
    /// `_sqlx_migrations`. It needs a connection of its own and cannot go through PgBouncer in
    /// transaction mode, since sqlx holds an advisory lock meanwhile.
    ///
    /// # Cancellation
    ///
    /// Dropped midway, its connection closes: the lock goes, a migration under way is rolled back.
    ///
    /// # Errors
    ///
    /// When the database does not answer, lacks a right, or has an applied migration that this
    /// version of the crate does not know.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let Inner { names, layout, .. } = &*self.inner;
        self.apply([(1, "sessions", layout.tables(names))], &names.migrations()).await
    }

    /// The same, and then what a cache needs.
    #[cfg(feature = "cache")]
    pub(in crate::store) async fn migrate_for_cache(&self) -> Result<(), StoreError> {
        let Inner { names, layout, .. } = &*self.inner;
        if layout.is_distributed() {
            return Err(StoreError::failed(
                "a distributed table has no triggers to announce changes with, so there is no cache for it",
            ));
        }
        self.migrate().await?;
        let announce = names.apply(include_str!("../../../migrations/cache/0001_announce.sql"));
        self.apply([(1, "announce", announce)], &names.cache_migrations()).await
    }

    async fn apply(&self, migrations: [File; 1], table: &str) -> Result<(), StoreError> {
        let names = &self.inner.names;
        // Taken out of the pool: were this future dropped, a pooled connection would keep the lock.
        let mut connection = self.inner.pool.acquire().await.map_err(store_error)?.detach();
        let mut migrator = migrator(migrations, table);
        if is_up_to_date(&migrator, table, &mut connection).await {
            return sqlx::Connection::close(connection).await.map_err(store_error);
        }
        // A wait for another process that migrates takes as long as it takes.
        sqlx::raw_sql("set statement_timeout = 0; set lock_timeout = 0")
            .execute(&mut connection)
            .await
            .map_err(store_error)?;
        // Asked first, because `create schema if not exists` needs a right that an application which
        // has its schema need not have.
        let exists: bool = sqlx::query_scalar("select to_regnamespace($1) is not null")
            .bind(names.schema())
            .fetch_one(&mut connection)
            .await
            .map_err(store_error)?;
        if !exists {
            migrator.create_schema(names.schema());
        }
        migrator.run_direct(None, &mut connection, false).await.map_err(not_migrated)?;
        sqlx::Connection::close(connection).await.map_err(store_error)
    }
}

/// Whether every migration has been applied just as it stands.
///
/// sqlx would begin with `create table if not exists`, which takes a right to create even where there
/// is nothing to do. An error here is no answer: sqlx meets it again, and says what it is.
async fn is_up_to_date(migrator: &Migrator, table: &str, connection: &mut PgConnection) -> bool {
    let has_some = sqlx::query_scalar("select to_regclass($1) is not null").bind(table);
    if !has_some.fetch_one(&mut *connection).await.unwrap_or(false) {
        return false;
    }
    let applied = connection.list_applied_migrations(table).await.unwrap_or_default();
    let known = migrator.iter().map(|migration| (migration.version, &migration.checksum));
    applied.iter().map(|applied| (applied.version, &applied.checksum)).eq(known)
}

/// sqlx says of another text only that it is another one.
fn not_migrated(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMismatch(1) => StoreError::failed(
            "the tables were made by another migration than that of this `layout` with this number of \
             partitions or shards: build the store with the layout that they have",
        ),
        other => StoreError::failed(other),
    }
}

/// The migrations, oldest first. Applied ones are never edited: sqlx compares their text.
fn migrator(migrations: [File; 1], table: &str) -> Migrator {
    let migrations = migrations.map(|(version, description, sql)| {
        let sql = AssertSqlSafe(sql).into_sql_str();
        Migration::new(version, description.into(), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.into());
    migrator.dangerous_set_table_name(table.to_owned());
    migrator
}
