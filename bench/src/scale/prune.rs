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

/// The place in the book of the load that nobody prunes beside. Then come the paces.
const WITHOUT: usize = 0;

/// A span of the load.
struct Window {
    subject: usize,
    from: f32,
    to: f32,
    wal: f64,
    pruned: f64,
}

impl Window {
    fn seconds(&self) -> f64 {
        f64::from(self.to - self.from)
    }
}

pub(super) async fn prune(wanted: &Wanted, server: &Server) -> Result<Book> {
    let layout = *wanted.layouts.first().ok_or("no layout")?;
    let pool = server.pool().await?;
    let table = Table::plant_among(&pool, layout, wanted.live, wanted.expired).await?;
    sqlx::query("checkpoint").execute(&pool).await?;
    let mut subjects = vec![String::from("not pruning")];
    subjects.extend(wanted.paces.iter().map(|pace| pace.title()));
    let mut book = Book::new(subjects, (1..=wanted.paces.len()).map(|place| (WITHOUT, place)).collect());
    book.note(sizes(&pool, &table, "Before").await?);

    let load = Load::start(&table);
    let window = Duration::from_secs(wanted.seconds);
    tokio::time::sleep(window).await; // warm
    let mut turns = Vec::new();
    let (mut spent, mut left) = (0.0, rows(&pool, &table).await?);
    let (all, live) = (left, wanted.live as f64);
    while left > live && turns.len() < wanted.turns {
        let mut turn = Vec::new();
        for (place, pace) in wanted.paces.iter().enumerate() {
            turn.push(span(&pool, &load, WITHOUT, tokio::time::sleep(window)).await?);
            let mut pruning = span(&pool, &load, 1 + place, prune_for(&table, pace.0, window)).await?;
            let before = std::mem::replace(&mut left, rows(&pool, &table).await?);
            pruning.pruned = before - left;
            spent += pruning.seconds();
            turn.push(pruning);
        }
        println!("{left:.0} rows are left after {spent:.0} s");
        turns.push(turn);
    }
    let answers = load.stop().await?;

    // The last may have been cut short, when nothing was left.
    for turn in &turns[..(turns.len() - 1).max(1)] {
        for subject in 0..=wanted.paces.len() {
            let of_subject = || turn.iter().filter(|window| window.subject == subject);
            let mean = |what: &dyn Fn(&Window) -> f64| {
                of_subject().map(what).sum::<f64>() / of_subject().count() as f64
            };
            let load = |window: &Window| answers.between(window.from, window.to);
            book.record("load, 90 % reads and 10 % updates: calls/s", subject, mean(&|w| load(w).0));
            book.record("p50 µs", subject, mean(&|w| load(w).1));
            book.record("p99 µs", subject, mean(&|w| load(w).2));
            book.record("WAL: MB/s", subject, mean(&|w| w.wal / w.seconds() / 1e6));
            book.record("rows pruned a second", subject, mean(&|w| w.pruned / w.seconds()));
        }
    }
    book.note(format!("{:.0} rows pruned beside the load, in {spent:.0} s.", all - left));
    if left > live {
        let begin = Instant::now();
        while rows(&pool, &table).await? > live {
            let pace = Pruning { rest: 0, ..Pruning::default() };
            prune_for(&table, pace, Duration::from_secs(60 * 60)).await;
        }
        let (rest, seconds) = (left - live, begin.elapsed().as_secs_f64());
        book.note(format!(
            "The other {rest:.0} without load or rest, in {seconds:.0} s: {:.0} a second.",
            rest / seconds
        ));
    }
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
    Ok(Window { subject, from, to, wal: number(pool, wal.into()).await? - before, pruned: 0.0 })
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
