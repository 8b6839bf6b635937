//! How much room tables and indexes take.

use sqlx::{AssertSqlSafe, PgPool};

use super::Result;
use super::book::Book;
use super::table::Table;

/// The relations that rows are really in: the table, or its partitions.
pub(super) fn leaves(table: &str) -> String {
    format!(
        "(select '{table}'::regclass as relid
          union select relid from pg_partition_tree('{table}'::regclass) where isleaf) as leaves"
    )
}

pub(super) async fn number(pool: &PgPool, sql: String) -> Result<f64> {
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await?)
}

const MEGABYTE: f64 = 1024.0 * 1024.0;

/// Megabytes of the table without its indexes.
pub(super) async fn table_size(pool: &PgPool, table: &str) -> Result<f64> {
    let sql = format!("select sum(pg_table_size(relid))::float8 from {}", leaves(table));
    Ok(number(pool, sql).await? / MEGABYTE)
}

/// Megabytes of the index on a column, in all partitions.
pub(super) async fn index_size(pool: &PgPool, table: &str, column: &str) -> Result<f64> {
    let sql = format!(
        "select coalesce(sum(pg_relation_size(i.indexrelid)), 0)::float8
        from {} join pg_index i on i.indrelid = leaves.relid
        join pg_attribute a on a.attrelid = leaves.relid and a.attnum = i.indkey[0]
        where a.attname = '{column}'",
        leaves(table)
    );
    Ok(number(pool, sql).await? / MEGABYTE)
}

pub(super) const INDEXES: [&str; 3] = ["key", "owner", "purge_at"];

/// Of a table as it was planted: each row once.
pub(super) async fn record(pool: &PgPool, table: &Table, place: usize, book: &mut Book) -> Result<()> {
    let rows = table.ids.len() as f64;
    let size = table_size(pool, &table.name).await?;
    let mut all = size;
    book.record("table: MB", place, size);
    for column in INDEXES {
        let size = index_size(pool, &table.name, column).await?;
        all += size;
        book.record(&format!("index on {column}: MB"), place, size);
    }
    book.record("table and indexes: bytes a row", place, all * MEGABYTE / rows);
    let width =
        format!("select avg(pg_column_size(s.*))::float8 from (select * from {} limit 1000) s", table.name);
    book.record("a row without its surroundings: bytes", place, number(pool, width).await?);
    Ok(())
}

/// Reads indexes and rows from the disk, where the extension for that is installed.
pub(super) async fn read_into_memory(pool: &PgPool, table: &Table) -> Result<()> {
    if sqlx::query("create extension if not exists pg_prewarm").execute(pool).await.is_err() {
        println!("without pg_prewarm, only what is asked for gets into memory");
        return Ok(());
    }
    let sql = format!(
        "select sum(pg_prewarm(relation))::float8 from (
            select relid as relation from {leaves} where pg_relation_filenode(relid) is not null
            union all
            select indexrelid from pg_index where indrelid in (select relid from {leaves})
                and pg_relation_filenode(indexrelid) is not null
        ) as relations",
        leaves = leaves(&table.name)
    );
    number(pool, sql).await?;
    Ok(())
}
