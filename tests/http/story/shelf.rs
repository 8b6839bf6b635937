//! A store as stories see it: one whose clock can be turned and whose sessions can be counted.

use std::future::Future;
use std::time::Duration;

#[cfg(feature = "postgres")]
use actix_pg_session::PostgresStore;
use actix_pg_session::test_util::FlakyStore;
use actix_pg_session::{MemoryStore, SessionStore};

#[cfg(feature = "postgres")]
use super::support;

pub trait Shelf: SessionStore + Clone {
    /// Turns the clock forward.
    fn elapse(&self, by: Duration) -> impl Future<Output = ()>;

    /// How many sessions are live.
    fn sessions(&self) -> impl Future<Output = i64>;
}

impl Shelf for MemoryStore {
    async fn elapse(&self, by: Duration) {
        self.advance(by);
    }

    async fn sessions(&self) -> i64 {
        i64::try_from(self.len()).expect("a few sessions")
    }
}

#[cfg(feature = "postgres")]
impl Shelf for PostgresStore {
    async fn elapse(&self, by: Duration) {
        support::elapse(self.pool(), by).await;
    }

    async fn sessions(&self) -> i64 {
        support::count(self.pool(), "select count(*) from active_sessions").await
    }
}

impl<S: Shelf> Shelf for FlakyStore<S> {
    async fn elapse(&self, by: Duration) {
        self.inner().elapse(by).await;
    }

    async fn sessions(&self) -> i64 {
        self.inner().sessions().await
    }
}
