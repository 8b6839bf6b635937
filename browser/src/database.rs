//! A database of a test's own.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, FromRow, PgConnection};

use crate::{Result, given};

/// A database of a test's own, in the server that `DATABASE_URL` names.
#[derive(Debug)]
pub struct Database {
    name: String,
    server: PgConnectOptions,
}

impl Database {
    pub(crate) async fn create() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("browser_{}_{count}", std::process::id());
        let database = Self { name, server: given("DATABASE_URL").parse()? };
        // A run that was killed may have left one of the same name.
        database.drop().await?;
        database.on_server(format!("create database {}", database.name)).await?;
        Ok(database)
    }

    pub(crate) async fn drop(&self) -> Result<()> {
        self.on_server(format!("drop database if exists {} with (force)", self.name)).await
    }

    async fn on_server(&self, sql: String) -> Result<()> {
        let mut server = PgConnection::connect_with(&self.server).await?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut server).await?;
        Ok(server.close().await?)
    }

    fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    pub(crate) fn url(&self) -> String {
        self.options().to_url_lossy().into()
    }

    /// Asks what an administrator would ask in psql: a question with one answer.
    ///
    /// # Errors
    ///
    /// When the database refuses, or the answer is not a single `T`.
    pub async fn ask<T>(&self, sql: &'static str) -> Result<T>
    where
        (T,): for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut connection = PgConnection::connect_with(&self.options()).await?;
        let (answer,) = sqlx::query_as(sql).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(answer)
    }
}
