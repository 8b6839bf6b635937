//! What an administrator asks, in SQL.

use std::time::Instant;

use sqlx::{AssertSqlSafe, PgPool};

use super::Result;
use super::book::Book;
use super::crowd::percentiles;
use super::table::Table;

/// Lists of each kind that a round asks for.
const LISTS: usize = 100;

/// Lists that an index answers: how long they take depends on their length.
pub(super) async fn lists(pool: &PgPool, tables: &[Table], book: &mut Book) -> Result<()> {
    for (place, table) in tables.iter().enumerate() {
        let of_owner = format!(
            "select id, ip, user_agent, created_at, seen_at from active_{} where owner = $1 order by seen_at desc",
            table.name
        );
        let owners = owners(pool, table).await?;
        let mut times = Vec::with_capacity(LISTS);
        for owner in owners {
            let begin = Instant::now();
            let found = sqlx::query(AssertSqlSafe(of_owner.clone())).bind(owner).fetch_all(pool).await?;
            times.push(begin.elapsed().as_secs_f32() * 1e6);
            if found.is_empty() {
                return Err("an owner who was just there has no session".into());
            }
        }
        book.record("sessions of an owner: p50 µs", place, percentiles(&mut times)[0]);

        let page = format!(
            "select key, id, owner, created_at, seen_at, expires_at from {} where key > $1 and expires_at > now()
            order by key limit 50",
            table.name
        );
        let mut times = Vec::with_capacity(LISTS);
        for turn in 0..LISTS {
            let from: &[u8] = table.ids[turn * 7919 % table.ids.len()].digest().as_bytes();
            let begin = Instant::now();
            sqlx::query(AssertSqlSafe(page.clone())).bind(from).fetch_all(pool).await?;
            times.push(begin.elapsed().as_secs_f32() * 1e6);
        }
        book.record("a page of 50 active sessions, after a key: p50 µs", place, percentiles(&mut times)[0]);
    }
    Ok(())
}

/// Owners of sessions here and there, none of them one of the few who have very many.
async fn owners(pool: &PgPool, table: &Table) -> Result<Vec<String>> {
    let of_keys = format!(
        "select distinct owner from {} where key = any($1) and substr(owner, 7)::int > $2 limit {LISTS}",
        table.name
    );
    let keys: Vec<[u8; 32]> =
        (0..2 * LISTS).map(|turn| *table.ids[turn * 104_729 % table.ids.len()].digest().as_bytes()).collect();
    // The upper half of the ranks, where about three sessions fall to each.
    let middle = i32::try_from(table.ids.len() / 8)?;
    Ok(sqlx::query_scalar(AssertSqlSafe(of_keys)).bind(keys).bind(middle).fetch_all(pool).await?)
}

/// What no index answers: every row is looked at.
pub(super) async fn scans(pool: &PgPool, table: &Table, place: usize, book: &mut Book) -> Result<()> {
    let scans = [
        ("all active sessions, counted: ms", format!("select count(*) from active_{}", table.name)),
        (
            "the 50 active sessions seen last: ms",
            format!("select id, owner, seen_at from active_{} order by seen_at desc limit 50", table.name),
        ),
    ];
    for (name, sql) in scans {
        for _ in 0..3 {
            let begin = Instant::now();
            sqlx::query(AssertSqlSafe(sql.clone())).fetch_all(pool).await?;
            book.record(name, place, begin.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(())
}
