//! Calls into sqlx, with care: it takes a server at its word, and panics where that makes no sense.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt as _, TryStreamExt as _};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Either, Executor as _, FromRow};

use super::lone::RowOf;

/// Makes an error of a panic. A message that is too short, or a moment beyond all years, is a database that is broken,
/// and no reason to end a thread.
pub(in crate::store) fn contained<T>(
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> impl Future<Output = Result<T, sqlx::Error>> {
    let panicked = || sqlx::Error::Protocol("sqlx has panicked at what the server said".into());
    AssertUnwindSafe(call).catch_unwind().map(move |answer| answer.unwrap_or_else(|_| Err(panicked())))
}

/// The rows that a statement answers, at most so many.
pub(in crate::store) async fn rows<T>(
    connection: &mut PgConnection,
    statement: RowOf<T>,
    most: usize,
) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let (rows, count) = whole(connection, statement, most).await?;
    if count == rows.len() as u64 { Ok(rows) } else { Err(out_of_step()) }
}

/// The row that a statement answers, if any.
pub(in crate::store) async fn row<T>(
    connection: &mut PgConnection,
    statement: RowOf<T>,
) -> Result<Option<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    Ok(rows(connection, statement, 1).await?.into_iter().next())
}

/// To how many rows a statement that answers none has done something.
pub(in crate::store) async fn done(
    connection: &mut PgConnection,
    statement: RowOf<()>,
) -> Result<u64, sqlx::Error> {
    Ok(whole(connection, statement, 0).await?.1)
}

/// The rows of an answer, and how many the server says there are.
///
/// sqlx takes any end for the end. If it is that of another answer, because one came twice or not at all, no row is no
/// answer, and the next statement would get this one's. So the answer must be complete, and once.
async fn whole<T>(
    connection: &mut PgConnection,
    statement: RowOf<T>,
    most: usize,
) -> Result<(Vec<T>, u64), sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    contained(async {
        let (mut rows, mut count) = (Vec::new(), None);
        let mut answer = connection.fetch_many(statement);
        while let Some(part) = answer.try_next().await? {
            match part {
                _ if count.is_some() => return Err(out_of_step()),
                Either::Left(done) => count = Some(done.rows_affected()),
                Either::Right(_) if rows.len() == most => return Err(out_of_step()),
                Either::Right(row) => rows.push(T::from_row(&row)?),
            }
        }
        count.map(|count| (rows, count)).ok_or_else(out_of_step)
    })
    .await
}

fn out_of_step() -> sqlx::Error {
    sqlx::Error::Protocol("the server has answered something else".into())
}
