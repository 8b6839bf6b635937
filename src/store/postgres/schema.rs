//! Bringing the tables up to date.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, SqlSafeStr as _};

use super::fault::store_error;
use super::lost::{acquire, answered};
use super::{Inner, PostgresStore};
use crate::error::StoreError;

/// Version, description, SQL.
pub(super) type File = (i64, &'static str, String);

impl PostgresStore {
    /// Creates or upgrades the tables; does nothing, and needs no right to, when they are up to date.
    ///
    /// Any number of processes may call it at once: one applies, the others wait for it. What was
    /// applied is kept in `_<table>_migrations`, so it never mixes with the application's own
    /// `_sqlx_migrations`.
    ///
    /// Where there is something to do, it needs a direct connection: PgBouncer in transaction mode would
    /// give the lock that sqlx takes meanwhile to somebody else.
    ///
    /// # Cancellation
    ///
    /// Dropped midway, its connection closes: the lock goes, a migration under way is rolled back.
    ///
    /// # Errors
    ///
    /// When the database does not answer, lacks a right, has tables of another layout or an applied migration
    /// that this version of the crate does not know. When there is something to do, and several clients are
    /// found to share the connection.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let Inner { names, layout, .. } = &*self.inner;
        self.apply(layout.migrations(names), &names.migrations()).await
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
        self.apply(
            vec![
                (1, "announce", names.apply(include_str!("../../../migrations/cache/0001_announce.sql"))),
                (
                    2,
                    "credentials",
                    names.apply(include_str!("../../../migrations/cache/0002_credentials.sql")),
                ),
            ],
            &names.cache_migrations(),
        )
        .await
    }

    async fn apply(&self, migrations: Vec<File>, table: &str) -> Result<(), StoreError> {
        let pool = &self.inner.pool;
        // Taken out of the pool: were this future dropped, a pooled connection would keep the lock.
        let mut connection = acquire(pool).await.map_err(store_error)?.detach();
        let migrating = async {
            // What has gone wrong elsewhere than on the way is a part of the answer.
            Ok(self.apply_on(&mut connection, migrations, table).await)
        };
        answered(pool, migrating).await.map_err(store_error)??;
        connection.close().await.map_err(store_error)
    }

    async fn apply_on(
        &self,
        connection: &mut PgConnection,
        migrations: Vec<File>,
        table: &str,
    ) -> Result<(), StoreError> {
        let names = &self.inner.names;
        refuse_a_foreign_path(connection).await?;
        let mut migrator = migrator(migrations, table);
        if is_up_to_date(&migrator, table, connection).await {
            return Ok(());
        }
        refuse_a_shared_connection(&self.inner.pool, connection).await?;
        // A wait for another process that migrates takes as long as it takes. And what the files call is
        // PostgreSQL's own: they name everything else in full.
        sqlx::raw_sql(
            "set statement_timeout = 0; set lock_timeout = 0; set search_path = pg_catalog, pg_temp",
        )
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        // Asked first, because `create schema if not exists` needs a right that an application which
        // has its schema need not have.
        let exists: bool = sqlx::query_scalar("select to_regnamespace($1) is not null")
            .bind(names.schema())
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)?;
        if !exists {
            migrator.create_schema(names.schema());
        }
        migrator.run_direct(None, connection, false).await.map_err(not_migrated)
    }
}

/// Whether every migration has been applied just as it stands.
///
/// sqlx would begin with `create table if not exists`, which takes a right to create even where there
/// is nothing to do. An error here is no answer: sqlx meets it again, and says what it is.
async fn is_up_to_date(migrator: &Migrator, table: &str, connection: &mut PgConnection) -> bool {
    let applied = applied(table, connection).await.unwrap_or_default();
    applied
        .iter()
        .map(|(version, sum)| (*version, &**sum))
        .eq(migrator.iter().map(|migration| (migration.version, &*migration.checksum)))
}

/// Number and checksum of each migration that was applied. By statements without a name and in a transaction,
/// which PgBouncer lets pass: an application that starts behind it has most often nothing to do.
async fn applied(table: &str, connection: &mut PgConnection) -> Result<Vec<(i64, Vec<u8>)>, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let has_some = sqlx::query_scalar("select to_regclass($1) is not null").bind(table);
    if !has_some.persistent(false).fetch_one(&mut *transaction).await? {
        return Ok(Vec::new());
    }
    let list = format!("select version, checksum from {} where success order by version", table);
    let list = sqlx::query_as(AssertSqlSafe(list)).persistent(false);
    list.fetch_all(&mut *transaction).await
}

/// Refuses one that changes from transaction to transaction, or that another client has at the same time. A
/// pool that is quiet or has one connection shows by the one, others by the other.
async fn refuse_a_shared_connection(pool: &PgPool, connection: &mut PgConnection) -> Result<(), StoreError> {
    let mut other = PgConnection::connect_with(&pool.connect_options()).await.map_err(store_error)?;
    let first = served_by(connection).await.map_err(store_error)?;
    let others = served_by(&mut other).await.map_err(store_error)?;
    let second = served_by(connection).await.map_err(store_error)?;
    other.close().await.map_err(store_error)?;
    if first == second && first != others {
        return Ok(());
    }
    Err(StoreError::failed(
        "the tables cannot be migrated through a pooler in transaction mode, such as PgBouncer: connect to \
         the database itself for that",
    ))
}

/// Refuses a `search_path` that has another schema before PostgreSQL's own. Whoever may create something in there
/// says what `=` and `now()` mean, to our statements and to the application's. Behind it, nothing is found that
/// PostgreSQL has with the very same types.
async fn refuse_a_foreign_path(connection: &mut PgConnection) -> Result<(), StoreError> {
    // Named in full, since this is asked before the answer is known. The simple protocol is one message, and so goes
    // through PgBouncer as one.
    let asked = sqlx::raw_sql("select * from pg_catalog.unnest(pg_catalog.current_schemas(true))");
    let rows = asked.fetch_all(connection).await.map_err(store_error)?;
    let schemas: Result<Vec<String>, _> = rows.iter().map(|row| sqlx::Row::try_get(row, 0)).collect();
    let schemas = schemas.map_err(store_error)?;
    let first = schemas.iter().find(|schema| !schema.starts_with("pg_temp_"));
    match first {
        Some(schema) if schema != "pg_catalog" => Err(StoreError::failed(format!(
            "the search_path of these connections has the schema {schema:?} before pg_catalog, so what is in there \
             would be taken for PostgreSQL's own: give the store a pool whose search_path begins with pg_catalog, \
             or does not mention it"
        ))),
        _ => Ok(()),
    }
}

/// Which process of the server answers. The simple protocol has no statement to be mistaken for another's.
async fn served_by(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    let row = sqlx::raw_sql("select pg_backend_pid()::text").fetch_one(connection).await?;
    sqlx::Row::try_get(&row, 0)
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
fn migrator(migrations: Vec<File>, table: &str) -> Migrator {
    let migrations = migrations.into_iter().map(|(version, description, sql)| {
        let sql = AssertSqlSafe(sql).into_sql_str();
        Migration::new(version, description.into(), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(table.to_owned());
    migrator
}
