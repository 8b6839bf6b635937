//! The floor: hand-written statements, which sqlx prepares, through a pool with its defaults.

use std::error::Error;

use actix_web::{Result, error, web};
use sqlx::PgPool;

use super::by_hand::{INSERT, RENEW, SELECT, Statements, UPDATE, pages};

pub(super) async fn listen(pool: PgPool) -> Result<(), Box<dyn Error>> {
    let pool = web::Data::new(Pool(pool));
    super::listen(move |app| pages::<Pool>(app.app_data(pool.clone()))).await
}

struct Pool(PgPool);

impl Pool {
    async fn change(&self, sql: &'static str, key: &[u8], query: Argument<'_>) -> Result<u64> {
        let query = match query {
            Argument::Data(data) => sqlx::query(sql).bind(key).bind(data),
            Argument::Key(new) => sqlx::query(sql).bind(key).bind(new),
        };
        let done = query.execute(&self.0).await.map_err(error::ErrorInternalServerError)?;
        Ok(done.rows_affected())
    }
}

enum Argument<'a> {
    Data(&'a str),
    Key(&'a [u8]),
}

impl Statements for Pool {
    async fn select(&self, key: &[u8]) -> Result<Option<String>> {
        sqlx::query_scalar(SELECT)
            .bind(key)
            .fetch_optional(&self.0)
            .await
            .map_err(error::ErrorInternalServerError)
    }

    async fn update(&self, key: &[u8], data: &str) -> Result<u64> {
        self.change(UPDATE, key, Argument::Data(data)).await
    }

    async fn insert(&self, key: &[u8], data: &str) -> Result<u64> {
        self.change(INSERT, key, Argument::Data(data)).await
    }

    async fn renew(&self, key: &[u8], new: &[u8]) -> Result<u64> {
        self.change(RENEW, key, Argument::Key(new)).await
    }
}
