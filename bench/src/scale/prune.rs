//! Millions of expired rows, pruned while visitors come and go on.
//!
//! The pruner runs for a while and rests for a while, in turn, until there is nothing left. So what the
//! load feels of it is compared within the same minute.

use std::time::{Duration, Instant};

use actix_pg_session::Pruning;
use sqlx::{AssertSqlSafe, PgPool};

use super::Result;
use super::book::Book;
use super::load::Load;
use super::server::Server;
use super::sizes::{INDEXES, index_size, number, table_size};
use super::table::{Table, vacuum};
use super::wanted::Wanted;

/// The places of the subjects in the book.
const WITHOUT: usize = 0;
const DURING: usize = 1;

/// A span of the load.
struct Window {
    subject: usize,
    from: f32,
    to: f32,
    wal: f64,
}

pub(super) async fn prune(wanted: &Wanted, server: &Server) -> Result<Book> {
    let layout = *wanted.layouts.first().ok_or("no layout")?;
    let pool = server.pool().await?;
    let table = Table::plant_among(&pool, layout, wanted.live, wanted.expired).await?;
    sqlx::query("checkpoint").execute(&pool).await?;
    let mut book = Book::new(vec!["not pruning".into(), "pruning".into()], vec![0]);
    book.note(sizes(&pool, &table, "Before").await?);

    let load = Load::start(&table);
    let window = Duration::from_secs(wanted.seconds);
    tokio::time::sleep(window).await; // warm
    let mut windows = Vec::new();
    let (mut spent, mut left) = (0.0, rows(&pool, &table).await?);
    let to_go = left;
    while left > wanted.live as f64 {
        windows.push(span(&pool, &load, WITHOUT, tokio::time::sleep(window)).await?);
        let begin = Instant::now();
        let pruning = prune_for(&table, wanted.pruning, window);
        windows.push(span(&pool, &load, DURING, pruning).await?);
        spent += begin.elapsed().as_secs_f64();
        left = rows(&pool, &table).await?;
        println!("{left:.0} rows are left after {spent:.0} s");
    }
    windows.push(span(&pool, &load, WITHOUT, tokio::time::sleep(window)).await?);
    let answers = load.stop().await?;

    for Window { subject, from, to, wal } in windows {
        let (per_second, p50, p99) = answers.between(from, to);
        book.record("load, 90 % reads and 10 % updates: calls/s", subject, per_second);
        book.record("p50 µs", subject, p50);
        book.record("p99 µs", subject, p99);
        book.record("WAL: MB/s", subject, wal / f64::from(to - from) / 1e6);
    }
    let gone = to_go - left;
    book.note(format!(
        "{gone:.0} rows pruned in {spent:.0} s: {:.0} a second, {} at a step.",
        gone / spent,
        wanted.pruning.batch
    ));
    book.note(sizes(&pool, &table, "After").await?);
    let begin = Instant::now();
    vacuum(&pool, &table.name).await?;
    let seconds = begin.elapsed().as_secs_f64();
    book.note(sizes(&pool, &table, &format!("After a vacuum of {seconds:.0} s")).await?);
    Ok(book)
}

/// Lets the library prune for a while, or until there is nothing to do.
async fn prune_for(table: &Table, pruning: Pruning, window: Duration) {
    // It begins at once.
    let mut pruner = table.store.start_pruning_with(Pruning { every: Duration::from_millis(1), ..pruning });
    let _ = tokio::time::timeout(window, pruner.next_round()).await;
    pruner.stop().await;
}

async fn span(pool: &PgPool, load: &Load, subject: usize, work: impl Future<Output = ()>) -> Result<Window> {
    let wal = "select (pg_current_wal_lsn() - '0/0')::float8";
    let before = number(pool, wal.into()).await?;
    let from = load.now();
    work.await;
    let to = load.now();
    Ok(Window { subject, from, to, wal: number(pool, wal.into()).await? - before })
}

/// How many there are, live or not.
async fn rows(pool: &PgPool, table: &Table) -> Result<f64> {
    number(pool, format!("select count(*)::float8 from {}", table.name)).await
}

async fn sizes(pool: &PgPool, table: &Table, when: &str) -> Result<String> {
    let mut text = format!("{when}: table {:.0} MB", table_size(pool, &table.name).await?);
    for column in INDEXES {
        let size = index_size(pool, &table.name, column).await?;
        text.push_str(&format!(", index on {column} {size:.0} MB"));
    }
    let vacuums = format!(
        "select sum(autovacuum_count)::float8 from pg_stat_user_tables where relname like '{}%'",
        table.name
    );
    let vacuums: f64 = sqlx::query_scalar(AssertSqlSafe(vacuums)).fetch_one(pool).await?;
    text.push_str(&format!("; {vacuums:.0} autovacuums so far."));
    Ok(text)
}
