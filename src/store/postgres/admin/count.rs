//! How many sessions there are.

use super::{Admin, AdminError, Filter};

/// How far something was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// There are so many.
    Exactly(u64),
    /// There are more than so many, and nobody went on.
    MoreThan(u64),
}

impl Admin {
    /// How many sessions are meant, exactly. One statement, which looks at all of them, or at the whole table;
    /// for that see [`census`](Self::census).
    ///
    /// # Errors
    ///
    /// When the database fails, takes too long, or cannot read the filter.
    pub async fn count(&self, filter: &Filter) -> Result<u64, AdminError> {
        self.counted(filter, None).await
    }

    /// How many sessions are meant, counted no further than `most`. It takes as long as finding so many
    /// takes.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub async fn count_up_to(&self, filter: &Filter, most: u32) -> Result<Counted, AdminError> {
        let most = u64::from(most);
        let counted = self.counted(filter, Some(most as i64 + 1)).await?;
        Ok(if counted > most { Counted::MoreThan(most) } else { Counted::Exactly(counted) })
    }

    async fn counted(&self, filter: &Filter, most: Option<i64>) -> Result<u64, AdminError> {
        let counted: Vec<(i64,)> = self.rows(self.sql.count(filter, most)).await?;
        Ok(counted.first().map_or(0, |(count,)| count.unsigned_abs()))
    }
}
