//! What a table needs beside its visitors: pruning, and vacuum.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, PgPool};

use super::Result;
use super::book::Book;
use super::calls::Verb;
use super::crowd::crowd;
use super::dice::Popularity;
use super::server::Server;
use super::sizes::{leaves, number};
use super::table::Table;

/// What a pool of connections is called that are waited for.
const VISITORS: &str = "touches";

/// Rows of a step, as the library's pruner takes them.
const STEP: u32 = 1000;

/// One step of pruning, as long as all that it looks at has expired.
pub(super) async fn prune_step(pool: &PgPool, table: &Table, place: usize, book: &mut Book) -> Result<()> {
    let expired = format!(
        "insert into {} (key, data, idle_timeout, expires_at, purge_at)
        select sha256((random() || ':' || n)::bytea), jsonb_build_object('note', repeat('x', 200)), '1 hour',
            now() - interval '1 hour', now() - interval '1 hour'
        from generate_series(1, {STEP}) n",
        table.name
    );
    sqlx::query(AssertSqlSafe(expired)).execute(pool).await?;
    let begin = Instant::now();
    let pruned = table.store.prune(STEP).await?;
    let milliseconds = begin.elapsed().as_secs_f64() * 1e3;
    if pruned.sessions != u64::from(STEP) {
        return Err(format!("a step pruned {} instead of {STEP}", pruned.sessions).into());
    }
    book.record("one step of pruning, 1,000 rows: ms", place, milliseconds);
    Ok(())
}

/// How many touches stay within the page of their row, so that no index is written.
pub(super) async fn touches(
    server: &Server,
    pool: &PgPool,
    table: &Table,
    place: usize,
    calls: usize,
    book: &mut Book,
) -> Result<()> {
    let before = updates(pool, table).await?;
    // A pool of its own: a connection tells its counts when it ends, or some time later.
    let own = server.pool_called(VISITORS).await?;
    let store = table.layout.make(&own, &table.name).await?;
    crowd(&store, Verb::Touch, &table.ids, Popularity::Uniform, calls, 7).await?;
    own.close().await;
    let remain = "select count(*) from pg_stat_activity where application_name = $1";
    while sqlx::query_scalar::<_, i64>(remain).bind(VISITORS).fetch_one(pool).await? > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let after = updates(pool, table).await?;
    book.record("touches that are HOT: %", place, 100.0 * (after.1 - before.1) / (after.0 - before.0));
    Ok(())
}

/// All updates of the table's rows so far, and those that were HOT.
async fn updates(pool: &PgPool, table: &Table) -> Result<(f64, f64)> {
    let sql = format!(
        "select sum(n_tup_upd)::float8, sum(n_tup_hot_upd)::float8
        from pg_stat_user_tables where relid in (select relid from {})",
        leaves(&table.name)
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql)).fetch_one(pool).await?)
}

/// One vacuum, when as much has changed as lets autovacuum begin: of a hundred rows one was touched, and one
/// ended and another begun.
pub(super) async fn vacuum(pool: &PgPool, table: &Table, place: usize, book: &mut Book) -> Result<()> {
    let name = &table.name;
    let leaves = leaves(name);
    let names =
        format!("select relid::regclass::text from {leaves} where pg_relation_filenode(relid) is not null");
    let names: Vec<String> = sqlx::query_scalar(AssertSqlSafe(names)).fetch_all(pool).await?;
    // One that it began itself would be waited for.
    for leaf in names {
        run(pool, format!("alter table {leaf} set (autovacuum_enabled = off)")).await?;
    }
    run(pool, format!("vacuum analyze {name}")).await?;
    let one_in_a_hundred = |first: usize| -> Vec<[u8; 32]> {
        table.ids.iter().skip(first).step_by(100).map(|id| *id.digest().as_bytes()).collect()
    };
    let mut connection = pool.acquire().await?;
    let touched = format!("update {name} set seen_at = now() where key = any($1)");
    sqlx::query(AssertSqlSafe(touched)).bind(one_in_a_hundred(0)).execute(&mut *connection).await?;
    let replaced = format!(
        "with gone as (delete from {name} where key = any($1) returning *)
        insert into {name} (key, data, owner, idle_timeout, deadline, expires_at, purge_at)
        select sha256(key), data, owner, idle_timeout, deadline, expires_at, purge_at from gone"
    );
    sqlx::query(AssertSqlSafe(replaced)).bind(one_in_a_hundred(50)).execute(&mut *connection).await?;
    sqlx::query("select pg_stat_force_next_flush()").execute(&mut *connection).await?;
    drop(connection);
    let dead = format!(
        "select sum(n_dead_tup)::float8 from pg_stat_user_tables where relid in (select relid from {leaves})"
    );
    book.record("dead rows, when 2 in 100 have changed", place, number(pool, dead).await?);
    let begin = Instant::now();
    run(pool, format!("vacuum {name}")).await?;
    book.record("vacuum of these: ms", place, begin.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

async fn run(pool: &PgPool, sql: String) -> Result<()> {
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    Ok(())
}
