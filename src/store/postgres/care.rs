//! Calls into sqlx, with care: it takes a server at its word, and panics where that makes no sense.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt as _, TryStreamExt as _};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Either, Executor as _, FromRow};

use super::lone::RowOf;

/// Makes an error of a panic. A message that is too short, or a moment beyond all years, is a database that is broken,
/// and no reason to end a thread.
pub(in crate::store) async fn contained<T>(
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let answer = AssertUnwindSafe(call).catch_unwind().await;
    answer.unwrap_or_else(|_| Err(sqlx::Error::Protocol("sqlx has panicked at what the server said".into())))
}

/// The rows that a statement answers, at most so many.
///
/// sqlx takes any end for the end. If it is that of another answer, because one came twice or not at all, no row is no
/// answer, and the next statement would get this one's. So the answer must be complete, with as many rows as the server
/// says there are, and once.
pub(in crate::store) async fn rows<T>(
    connection: &mut PgConnection,
    statement: RowOf<T>,
    most: usize,
) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let out_of_step = || sqlx::Error::Protocol("the server has answered something else".into());
    contained(async {
        let (mut rows, mut is_complete) = (Vec::new(), false);
        let mut answer = connection.fetch_many(statement);
        while let Some(part) = answer.try_next().await? {
            match part {
                _ if is_complete => return Err(out_of_step()),
                Either::Left(done) if done.rows_affected() == rows.len() as u64 => is_complete = true,
                Either::Left(_) => return Err(out_of_step()),
                Either::Right(_) if rows.len() == most => return Err(out_of_step()),
                Either::Right(row) => rows.push(T::from_row(&row)?),
            }
        }
        if is_complete { Ok(rows) } else { Err(out_of_step()) }
    })
    .await
}
