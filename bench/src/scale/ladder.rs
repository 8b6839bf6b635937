//! Tables of ten thousand to ten million live rows, side by side.

use std::sync::Arc;

use sqlx::PgPool;

use super::Result;
use super::book::Book;
use super::calls::Verb;
use super::crowd::{self, crowd};
use super::dice::Popularity;
use super::server::Server;
use super::table::{Table, fresh};
use super::wanted::Wanted;
use super::{admin, sizes, upkeep};

/// Calls of a burst, and bursts of a round: the tables take turns after each burst, some times a second.
const BURST: usize = 200;
const BURSTS: usize = 5;

/// What is measured of sessions that are there: verb, and who comes.
const VISITS: [(Verb, Popularity); 5] = [
    (Verb::Load, Popularity::Uniform),
    (Verb::Load, Popularity::Zipf),
    (Verb::Update, Popularity::Uniform),
    (Verb::Update, Popularity::Zipf),
    (Verb::Touch, Popularity::Uniform),
];

pub(super) async fn climb(wanted: &Wanted, server: &Server) -> Result<Book> {
    let pool = server.pool().await?;
    let mut tables = Vec::new();
    // Of each layout the largest with the smallest; and of each size the layouts.
    let mut pairs = Vec::new();
    for layout in &wanted.layouts {
        pairs.push((tables.len(), tables.len() + wanted.rows.len() - 1));
        for rows in &wanted.rows {
            tables.push(Table::plant(&pool, *layout, *rows).await?);
        }
    }
    pairs.extend((wanted.rows.len()..tables.len()).map(|place| (place % wanted.rows.len(), place)));
    let mut book = Book::new(tables.iter().map(|table| table.title.clone()).collect(), pairs);
    for (place, table) in tables.iter().enumerate() {
        sizes::record(&pool, table, place, &mut book).await?;
    }
    warm(&pool, &tables, wanted.calls).await?;
    for round in 0..wanted.rounds {
        println!("round {} of {}", round + 1, wanted.rounds);
        for (verb, popularity) in VISITS {
            alone(&tables, verb, popularity, round, &mut book).await?;
        }
        comings_and_goings_alone(&tables, &mut book).await?;
        for (verb, popularity) in VISITS {
            let calls = if verb == Verb::Load { wanted.calls * 3 } else { wanted.calls };
            for (place, table) in in_turn(&tables, round) {
                let outcome =
                    crowd(&table.store, verb, &table.ids, popularity, calls, round as u64 + 1).await?;
                note_crowd(&mut book, &title(verb, popularity), place, &outcome);
            }
        }
        for (place, table) in in_turn(&tables, round) {
            let ids = Arc::new(fresh(wanted.calls)?);
            for verb in [Verb::Create, Verb::Delete] {
                let outcome = crowd(&table.store, verb, &ids, Popularity::InOrder, wanted.calls, 1).await?;
                note_crowd(&mut book, verb.title(), place, &outcome);
            }
        }
        admin::lists(&pool, &tables, &mut book).await?;
        for (place, table) in in_turn(&tables, round) {
            upkeep::prune_step(&pool, table, place, &mut book).await?;
        }
    }
    for (place, table) in tables.iter().enumerate() {
        upkeep::touches(server, &pool, table, place, wanted.calls, &mut book).await?;
        upkeep::vacuum(&pool, table, place, &mut book).await?;
        admin::scans(&pool, table, place, &mut book).await?;
    }
    Ok(book)
}

/// As an application that has run for a while finds its server: indexes and what is often asked for in
/// memory, as far as they fit; statements prepared.
async fn warm(pool: &PgPool, tables: &[Table], calls: usize) -> Result<()> {
    println!("warming up");
    for table in tables {
        sizes::read_into_memory(pool, table).await?;
        for verb in [Verb::Load, Verb::Update, Verb::Touch] {
            crowd(&table.store, verb, &table.ids, Popularity::Uniform, calls, 99).await?;
        }
    }
    // What that has written would be written back while the first round is measured.
    sqlx::query("checkpoint").execute(pool).await?;
    Ok(())
}

async fn alone(
    tables: &[Table],
    verb: Verb,
    popularity: Popularity,
    round: usize,
    book: &mut Book,
) -> Result<()> {
    let mut times = vec![Vec::new(); tables.len()];
    for burst in 0..BURSTS {
        let first = (round * BURSTS + burst) * BURST;
        for (place, table) in in_turn(tables, burst) {
            let calls = first..first + BURST;
            times[place].extend(crowd::lone(&table.store, verb, &table.ids, popularity, calls).await?);
        }
    }
    note_alone(book, &title(verb, popularity), times);
    Ok(())
}

/// Sessions that begin and end, so that the table stays as large as it is.
async fn comings_and_goings_alone(tables: &[Table], book: &mut Book) -> Result<()> {
    let (mut created, mut deleted) = (vec![Vec::new(); tables.len()], vec![Vec::new(); tables.len()]);
    for burst in 0..BURSTS {
        for (place, table) in in_turn(tables, burst) {
            let ids = fresh(BURST)?;
            for (verb, times) in [(Verb::Create, &mut created), (Verb::Delete, &mut deleted)] {
                let calls = crowd::lone(&table.store, verb, &ids, Popularity::InOrder, 0..BURST).await?;
                times[place].extend(calls);
            }
        }
    }
    note_alone(book, Verb::Create.title(), created);
    note_alone(book, Verb::Delete.title(), deleted);
    Ok(())
}

/// The tables, beginning with another each time.
fn in_turn(tables: &[Table], turn: usize) -> impl Iterator<Item = (usize, &Table)> {
    let first = turn % tables.len();
    tables.iter().enumerate().cycle().skip(first).take(tables.len())
}

fn title(verb: Verb, popularity: Popularity) -> String {
    match popularity {
        Popularity::Zipf => format!("{}, Zipf", verb.title()),
        _ => verb.title().into(),
    }
}

fn note_alone(book: &mut Book, title: &str, times: Vec<Vec<f32>>) {
    for (place, mut times) in times.into_iter().enumerate() {
        let [p50, p99] = crowd::percentiles(&mut times);
        book.record(&format!("{title}, alone: p50 µs"), place, p50);
        book.record(&format!("{title}, alone: p99 µs"), place, p99);
    }
}

fn note_crowd(book: &mut Book, title: &str, place: usize, outcome: &crowd::Outcome) {
    book.record(&format!("{title}, {} in flight: calls/s", crowd::IN_FLIGHT), place, outcome.per_second);
    book.record(&format!("{title}, {} in flight: p50 µs", crowd::IN_FLIGHT), place, outcome.p50);
    book.record(&format!("{title}, {} in flight: p99 µs", crowd::IN_FLIGHT), place, outcome.p99);
}
