//! Two more ways to store a value: in one transaction with a line in a table of the application's own, and past the
//! request.

use actix_pg_session::Session;
use actix_web::error::ErrorServiceUnavailable;
use actix_web::{HttpResponse, Result, web};
use sqlx::{Postgres, Transaction};
use tokio::time::timeout;

use super::Sabotage;
use super::pages::{Asked, Office, Page, Query, page, seen};

/// Where the lines are.
pub(crate) const LINES: &str = "create table lines (no bigint primary key)";

/// How a page begins that says that nothing has happened, for certain.
pub(crate) const UNDONE: &str = "undone";

pub(super) async fn set_detached(session: Session, asked: Query) -> Result<HttpResponse> {
    let Some(seen) = seen(&session) else { return Ok(page(&Page::default())) };
    let done = session.detach().insert(asked.key.as_str(), asked.value).await?;
    Ok(page(&Page { seen: Some(seen), done, ..Page::default() }))
}

pub(super) async fn set_with_line(
    session: Session,
    office: web::Data<Office>,
    asked: Query,
) -> Result<HttpResponse> {
    let Some(seen) = seen(&session) else { return Ok(page(&Page::default())) };
    match both(&session, &office, &asked).await {
        Ok(done) => Ok(page(&Page { seen: Some(seen), done, ..Page::default() })),
        Err(Failed::Perhaps(error)) => Err(error),
        Err(Failed::Undone(error)) => {
            Ok(HttpResponse::ServiceUnavailable().body(format!("{UNDONE}: {error}")))
        }
    }
}

/// Whether the commit may have happened all the same.
enum Failed {
    Perhaps(actix_web::Error),
    Undone(actix_web::Error),
}

/// The value and the line, or neither. Answers whether the session was still there.
async fn both(session: &Session, office: &Office, asked: &Asked) -> std::result::Result<bool, Failed> {
    let begun = session.begin_transaction().await;
    let mut transaction = begun.map_err(|error| Failed::Undone(error.into()))?;
    if office.sabotage != Some(Sabotage::NoLine) || !asked.value.is_multiple_of(2) {
        write(&mut transaction, office, asked.value).await.map_err(Failed::Undone)?;
    }
    let inserted = session.insert(asked.key.as_str(), asked.value);
    inserted.map_err(|error| Failed::Undone(error.into()))?;
    match session.commit(transaction).await {
        Ok(()) => Ok(true),
        Err(error) if error.is_gone() => Ok(false),
        Err(error) if error.is_outcome_unknown() => Err(Failed::Perhaps(error.into())),
        Err(error) => Err(Failed::Undone(error.into())),
    }
}

/// No longer than the store may take: this statement is the page's own, so nobody else looks after it.
async fn write(transaction: &mut Transaction<'static, Postgres>, office: &Office, no: u64) -> Result<()> {
    let line = sqlx::query("insert into lines values ($1)").bind(no as i64).persistent(false);
    let written = timeout(office.times.store_timeout, line.execute(&mut **transaction)).await;
    let written = written.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut));
    written.map(drop).map_err(|error| ErrorServiceUnavailable(error.to_string()))
}
