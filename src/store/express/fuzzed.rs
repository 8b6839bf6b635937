//! Rows of an Express application, for `fuzz/`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::import::{Import, readable};
use super::row::{Next, Row, Rules, created};
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Change, Data, Lifetime, NewSession, Proof, Record, Restart};

/// A row, as a statement found it.
#[derive(Debug)]
pub struct Found {
    row: Row,
    id: SessionId,
    rules: Rules,
}

/// A row as it is to be: pieces of text, and behind each the seconds from now of the time that follows it.
#[derive(Debug)]
pub struct Planned {
    /// The text between the times.
    pub pieces: Vec<String>,
    /// One for each piece.
    pub times: Vec<Option<f64>>,
    /// How long it has left.
    pub left: Duration,
    /// When it ends in any case.
    pub deadline: Option<DateTime<Utc>>,
    /// Whether a use may shorten its life.
    pub only_longer: bool,
    /// The public handle.
    pub handle: Uuid,
    /// Which version of the values it is.
    pub version: i64,
}

impl Found {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// When it is no object.
    pub fn read(
        sid: &str,
        text: &str,
        ttl: Option<Duration>,
        ends_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let row = Row::read(text.to_owned(), ends_at, now)?;
        Ok(Self { row, id: SessionId::from_secret(sid), rules: Rules { ttl, table: [1, 2] } })
    }

    /// Whether its deadline has passed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.row.is_over()
    }

    /// The version of its values.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.row.version()
    }

    /// Its values.
    #[must_use]
    pub fn values(&self) -> Data {
        self.row.values()
    }

    /// The session.
    #[must_use]
    pub fn record(&self, by_cookie: bool) -> Record {
        self.row.record(&self.id, self.rules, by_cookie)
    }

    /// What an import makes of it.
    ///
    /// # Errors
    ///
    /// When the own table could not hold it.
    pub fn imported(&self) -> Result<Option<Record>, StoreError> {
        readable(&self.row, &self.id, self.rules, &Import::default())
    }

    /// After a use.
    #[must_use]
    pub fn touched(&self, lifetime: Option<Lifetime>) -> Planned {
        planned(self.row.touched(&self.id, lifetime, self.rules))
    }

    /// After a save.
    #[must_use]
    pub fn updated(&self, change: &Change) -> Planned {
        planned(self.row.updated(&self.id, change, self.rules))
    }

    /// Under another id.
    #[must_use]
    pub fn renewed(&self, change: &Change, proof: Option<&Proof>) -> Planned {
        planned(self.row.renewed(&self.id, change, proof, self.rules))
    }

    /// Another session in its place.
    #[must_use]
    pub fn restarted(&self, change: &Change, restart: &Restart) -> Planned {
        planned(self.row.restarted(&self.id, change, restart, self.rules))
    }
}

/// A new session's row.
#[must_use]
pub fn new_row(sid: &str, new: &NewSession) -> Planned {
    planned(created(&SessionId::from_secret(sid), new, Rules { ttl: None, table: [1, 2] }))
}

fn planned(next: Next) -> Planned {
    let Next { sess, left, deadline, only_longer, handle, version } = next;
    Planned { pieces: sess.pieces, times: sess.times, left, deadline, only_longer, handle, version }
}
