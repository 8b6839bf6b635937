//! Lists of sessions, page by page, and one session.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use uuid::Uuid;

use super::{Admin, AdminError, Filter, Whom};
use crate::error::StoreError;
use crate::record::Data;
use crate::store::postgres::moment::Moment;

/// The longest page.
const LONGEST: u32 = 1000;

impl Admin {
    /// A page of the sessions that are meant, the newest first: at most `limit`, which is 1 to 1,000. One
    /// statement.
    ///
    /// Nothing is skipped or shown twice while rows come and go: a page begins at a place in the order, which is
    /// that of beginning, and not at a number. What begins meanwhile is before the first page; a sign-in
    /// begins a session.
    ///
    /// Of the data only the size is read.
    ///
    /// # Errors
    ///
    /// When the database fails, takes too long, or cannot read the filter.
    pub async fn list(&self, filter: &Filter, from: Position, limit: u32) -> Result<Page, AdminError> {
        let limit = limit.clamp(1, LONGEST) as usize;
        let question = self.sql.page(filter, from, limit as i64 + 1);
        let rows: Vec<Line> = self.rows(question).await?;
        let mut sessions: Vec<Listed> = rows.into_iter().map(|Line(listed)| listed).collect();
        let has_more = sessions.len() > limit;
        sessions.truncate(limit);
        let backwards = matches!(from, Position::NewerThan(_));
        if backwards {
            sessions.reverse();
        }
        // On the side that one comes from there was something.
        let has_newer = if backwards { has_more } else { matches!(from, Position::OlderThan(_)) };
        let has_older = has_more || backwards;
        Ok(Page {
            newer: sessions.first().filter(|_| has_newer).map(Listed::cursor),
            older: sessions.last().filter(|_| has_older).map(Listed::cursor),
            sessions,
        })
    }

    /// One session with its data, live or not, by its handle or its place in a list. One statement, which
    /// looks through the whole table for a handle alone; see [`Whom`].
    ///
    /// # Errors
    ///
    /// When the database fails or takes too long, or the row cannot be read.
    pub async fn session(&self, whom: impl Into<Whom>) -> Result<Option<Shown>, AdminError> {
        let found: Vec<Whole> = self.rows(self.sql.one(whom.into())).await?;
        let found = found.into_iter().next().map(|Whole(listed, rest)| rest.shown(listed));
        found.transpose().map_err(AdminError::from)
    }
}

/// A session in a list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// The public handle.
    pub handle: Uuid,
    /// Who is signed in.
    pub owner: Option<String>,
    /// Where it began.
    pub ip: Option<IpAddr>,
    /// What browser it began in, as that called itself.
    pub user_agent: Option<String>,
    /// When it began; a sign-in is a beginning.
    pub created_at: DateTime<Utc>,
    /// When it was last saved or touched.
    pub seen_at: DateTime<Utc>,
    /// When the owner last proved who they are.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// When it ends, if nobody uses it.
    pub expires_at: DateTime<Utc>,
    /// How long that was away when the database was asked; zero if it has expired.
    pub remaining: Duration,
    /// How long it had not been used then.
    pub idle: Duration,
    /// The bytes that its data takes in the table, compressed where PostgreSQL does so.
    pub data_bytes: u32,
}

impl Listed {
    /// Whether it had not expired when the database was asked.
    pub fn is_live(&self) -> bool {
        !self.remaining.is_zero()
    }

    /// Its place in a list.
    pub fn cursor(&self) -> Cursor {
        Cursor { created_at: self.created_at, handle: self.handle }
    }
}

/// A session with its data.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Shown {
    /// What lists show of it.
    pub listed: Listed,
    /// The values.
    pub data: Data,
    /// How long it lives without use.
    pub idle_timeout: Duration,
    /// When it ends in any case.
    pub deadline: Option<DateTime<Utc>>,
    /// Whether the browser keeps the cookie when it closes.
    pub persistent: bool,
    /// Moves with each save.
    pub version: i64,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The newest first.
    pub sessions: Vec<Listed>,
    /// Where the page before this one ends, if there was one: `Position::NewerThan` this.
    pub newer: Option<Cursor>,
    /// Where the page after this one begins, if there is one: `Position::OlderThan` this.
    pub older: Option<Cursor>,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Position {
    /// With the session that began last.
    #[default]
    Newest,
    /// After this place, towards the older ones.
    OlderThan(Cursor),
    /// The page that ends before this place.
    NewerThan(Cursor),
}

/// A place in a list: when a session began, and its handle. As text, it can stand in an address; it is no
/// secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(in crate::store::postgres) created_at: DateTime<Utc>,
    pub(in crate::store::postgres) handle: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.timestamp_micros(), self.handle.simple())
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    /// # Errors
    ///
    /// When the text is none of [`Display`](fmt::Display)'s.
    fn from_str(text: &str) -> Result<Self, StoreError> {
        let read = || {
            let (micros, handle) = text.split_once('.')?;
            let created_at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
            Some(Self { created_at, handle: handle.parse().ok()? })
        };
        read().ok_or_else(|| StoreError::failed("this is no place in a list of sessions"))
    }
}

/// What [`Shown`] has beyond [`Listed`], in the order of the columns after those.
struct Rest {
    data: String,
    idle_timeout: f64,
    deadline: Option<DateTime<Utc>>,
    persistent: bool,
    version: i64,
}

impl Rest {
    fn shown(self, listed: Listed) -> Result<Shown, StoreError> {
        Ok(Shown {
            listed,
            data: Data::from_json(&self.data).map_err(StoreError::corrupt)?,
            idle_timeout: seconds(self.idle_timeout),
            deadline: self.deadline,
            persistent: self.persistent,
            version: self.version,
        })
    }
}

/// How a row is read is nobody else's business.
struct Line(Listed);

impl<'r> FromRow<'r, PgRow> for Line {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let ip: Option<&str> = row.try_get(2)?;
        Ok(Self(Listed {
            handle: row.try_get(0)?,
            owner: row.try_get(1)?,
            ip: ip.and_then(|ip| ip.parse().ok()),
            user_agent: row.try_get(3)?,
            created_at: row.try_get::<Moment, _>(4)?.0,
            seen_at: row.try_get::<Moment, _>(5)?.0,
            authenticated_at: row.try_get::<Option<Moment>, _>(6)?.map(|time| time.0),
            expires_at: row.try_get::<Moment, _>(7)?.0,
            remaining: seconds(row.try_get(8)?),
            idle: seconds(row.try_get(9)?),
            data_bytes: row.try_get::<i32, _>(10)?.unsigned_abs(),
        }))
    }
}

impl<'r> FromRow<'r, PgRow> for Rest {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            data: row.try_get(11)?,
            idle_timeout: row.try_get(12)?,
            deadline: row.try_get::<Option<Moment>, _>(13)?.map(|time| time.0),
            persistent: row.try_get(14)?,
            version: row.try_get(15)?,
        })
    }
}

/// A session with all of its columns.
struct Whole(Listed, Rest);

impl<'r> FromRow<'r, PgRow> for Whole {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self(Line::from_row(row)?.0, Rest::from_row(row)?))
    }
}

/// Below zero is over.
pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_list_can_stand_in_an_address_and_is_read_to_the_microsecond() {
        let created_at = DateTime::from_timestamp_micros(1_764_000_000_123_456).unwrap();
        let cursor = Cursor { created_at, handle: Uuid::from_u128(7) };
        assert_eq!(cursor.to_string(), "1764000000123456.00000000000000000000000000000007");
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        for text in ["", "1", "1.2", "x.00000000000000000000000000000007", "99999999999999999999.0"] {
            assert!(text.parse::<Cursor>().is_err(), "{text:?}");
        }
    }
}
